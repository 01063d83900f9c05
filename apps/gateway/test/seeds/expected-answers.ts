import { expect } from '@jest/globals';
import type { ModelServer } from '../harness/index.js';
import { ARTICLE_MODEL } from './programs.js';
import type { CurlAnswer, CurlCommand } from './curl-command.js';

/** One printed command with what came of it. */
export interface Call extends CurlCommand, CurlAnswer {
  json: () => unknown;
  /** The `data:` lines of a stream; `[DONE]` as it is. */
  events: () => unknown[];
  model: ModelServer;
}

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const NUMBER = expect.any(Number);

/** What each printed command must give, by method and path. */
export const EXPECTED: Record<string, (call: Call) => void> = {
  'GET /health': health,
  'GET /api/v1/health': health,
  'GET /api/v1/status': ({ status, json }) => {
    expect(status).toBe(200);
    expect(json()).toMatchObject({
      status: 'running',
      uptime_seconds: NUMBER,
      gateway: { port: NUMBER, bind: '127.0.0.1', auth_enabled: true },
      reasoning: { primary_provider: 'openai-compatible', primary_model: 'model-a', total_requests: NUMBER },
      channels: { connected: [], disconnected: [] },
      success: true,
      data: { gateway: { status: 'running' }, models: { default: 'model-a' }, sessions: { total: NUMBER } },
    });
  },
  'GET /api/v1/models': ({ status, json }) => {
    expect(status).toBe(200);
    expect(json()).toMatchObject({ default: 'model-a', models: [{ id: 'model-a' }, { id: ARTICLE_MODEL }, {}] });
  },
  'POST /api/v1/chat': (call) => {
    const { status, json, sends } = call;
    expect(status).toBe(200);
    expect(json()).toEqual({
      id: expect.stringMatching(/^msg_/),
      conversationId: sends?.conversationId ?? expect.stringMatching(/^conv_/),
      role: 'assistant',
      content: `echo: ${String(sends?.message)}`,
      model: sends?.model ?? 'model-a',
      usage: { inputTokens: NUMBER, outputTokens: NUMBER },
      latency: NUMBER,
    });
    modelWasAsked(call, sends?.message);
  },
  'POST /api/v1/chat/stream': (call) => {
    const { events, sends } = call;
    expect(events().slice(0, 2)).toEqual([
      { type: 'start', conversationId: expect.stringMatching(/^conv_/) },
      { type: 'delta', content: expect.stringMatching(/^echo: /) },
    ]);
    expect(events().at(-1)).toEqual({ type: 'done', usage: { inputTokens: NUMBER, outputTokens: NUMBER } });
    modelWasAsked(call, sends?.message);
  },
  // No channel is configured here.
  'POST /api/v1/send': ({ status, json, sends }) => {
    expect(status).toBe(503);
    expect(json()).toMatchObject({ error: 'service_unavailable', status: 503, details: { channel: sends?.channel } });
  },
  'POST /api/v1/message': (call) => {
    const { status, json, sends, text } = call;
    expect(status).toBe(200);
    if (sends?.text !== undefined) {
      expect(json()).toEqual({
        success: true,
        data: {
          messageId: expect.stringMatching(/^msg_/),
          text: `echo: ${String(sends.text)}`,
          usage: { inputTokens: NUMBER, outputTokens: NUMBER },
        },
      });
    } else if (call.text.startsWith('id:')) {
      expect(call.events()[0]).toEqual({ type: 'start', conversation_id: expect.stringMatching(/^conv_/) });
      expect(call.events().at(-1)).toEqual({ type: 'end', tokens: { input: NUMBER, output: NUMBER } });
      expect(text).toContain('{"type":"token","content":"echo: ');
    } else {
      expect(json()).toEqual({
        id: expect.stringMatching(/^msg_/),
        conversation_id: sends?.conversation_id ?? expect.stringMatching(/^conv_/),
        role: 'assistant',
        content: `echo: ${String(sends?.message)}`,
        skills_used: [],
        tokens: { input: NUMBER, output: NUMBER, total: NUMBER },
        latency_ms: NUMBER,
        model: 'model-a',
      });
    }
    modelWasAsked(call, sends?.text ?? sends?.message);
  },
  'POST /api/v1/message/stream': (call) => {
    expect(call.events()[0]).toEqual({ chunk: expect.stringMatching(/^echo: /) });
    expect(call.events().at(-1)).toBe('[DONE]');
    modelWasAsked(call, call.sends?.text);
  },
  'GET /api/v1/conversations': ({ json }) =>
    expect(json()).toMatchObject({
      conversations: expect.arrayContaining([
        {
          id: 'conv_abc123',
          channel: 'api',
          created_at: ISO,
          last_message_at: ISO,
          message_count: 2,
          summary: expect.any(String),
        },
      ]),
      total: NUMBER,
      limit: 20,
      offset: 0,
    }),
  'GET /api/v1/conversations/conv_abc123': ({ json }) =>
    expect(json()).toMatchObject({
      id: 'conv_abc123',
      message_count: 2,
      messages: [
        { id: expect.stringMatching(/^msg_/), role: 'user', created_at: ISO },
        { id: expect.stringMatching(/^msg_/), role: 'assistant', model: 'model-a', tokens: { input: 1 } },
      ],
    }),
  'DELETE /api/v1/conversations/conv_abc123': ({ json }) =>
    expect(json()).toEqual({ id: 'conv_abc123', deleted: true }),
  'GET /api/v1/sessions': ({ json }) =>
    expect(json()).toEqual({
      success: true,
      data: {
        sessions: expect.arrayContaining([{ id: 'default', label: 'default', createdAt: ISO, messageCount: NUMBER }]),
      },
    }),
  'GET /api/v1/skills': ({ json }) =>
    expect(json()).toMatchObject({
      skills: expect.arrayContaining([
        {
          name: 'web-search',
          version: expect.any(String),
          description: expect.any(String),
          status: 'active',
          enabled: true,
          permissions: { network: true, filesystem: false, shell: false },
          installed_at: ISO,
          last_used: null,
          invocations: 0,
          source: 'shipped',
          kind: 'function',
        },
      ]),
      total: NUMBER,
      success: true,
    }),
  'POST /api/v1/skills/install': ({ status, json }) => {
    expect(status).toBe(201);
    expect(json()).toMatchObject({ name: 'weather', version: '1.2.0', status: 'active', source: 'registry' });
  },
  'DELETE /api/v1/skills/weather': ({ json }) => expect(json()).toEqual({ name: 'weather', removed: true }),
  'GET /api/v1/memory/stats': ({ json }) =>
    expect(json()).toEqual({
      wal: { entries: NUMBER, size_mb: NUMBER, oldest_entry: ISO },
      compacted: { files: 0, size_mb: 0, last_compaction: null },
      total_size_mb: NUMBER,
    }),
  'POST /api/v1/memory/search': ({ status, json, sends }) => {
    expect(status).toBe(200);
    expect(json()).toEqual({ results: expect.any(Array), total: NUMBER, query: sends?.query });
  },
  'GET /api/v1/memory/search': ({ status, json }) => {
    expect(status).toBe(200);
    expect(json()).toEqual({ success: true, data: { results: expect.any(Array) } });
  },
  'POST /api/v1/memory': ({ json }) =>
    expect(json()).toEqual({ success: true, data: { memoryId: expect.stringMatching(/^mem_/), createdAt: ISO } }),
  'DELETE /api/v1/memory/prune': ({ status, json, sends }) => {
    expect(status).toBe(200);
    expect(json()).toEqual({
      pruned: 0,
      type: sends?.type,
      before: expect.stringMatching(/^2025-01-01T00:00:00(\.000)?Z$/),
    });
  },
  'GET /api/v1/config': ({ json }) =>
    expect(json()).toMatchObject({
      gateway: { auth: { enabled: true, token: '***REDACTED***' } },
      providers: { primary: { type: 'openai-compatible', model: 'model-a', api_key: '***REDACTED***' } },
    }),
  'PUT /api/v1/config': ({ status, json, sends }) => {
    expect(status).toBe(200);
    expect(json()).toMatchObject({
      config: sends,
      applied: expect.arrayContaining(['gateway.rate_limit.requests_per_minute']),
      restart_required: false,
      restart_paths: [],
    });
  },
  // Printed without a token.
  'GET /api/v1/config/gateway': ({ status, json, headers }) => {
    expect(status).toBe(401);
    expect(headers).toMatch(/^www-authenticate: Bearer/im);
    expect(json()).toMatchObject({ error: 'unauthorized', status: 401, success: false });
  },
  'GET /api/v1/logs': ({ json }) => {
    const { logs } = json() as { logs: { level: string }[]; total: number };
    for (const { level } of logs) expect(['warn', 'error']).toContain(level);
  },
};

/** Paths that are printed and belong to parts of the gateway which have tests of their own. */
export const ELSEWHERE = /^\/api\/v1\/channels\b/;

function health({ status, json }: Call): void {
  expect(status).toBe(200);
  expect(json()).toEqual({ status: 'ok', version: expect.any(String), uptime_seconds: NUMBER });
}

function modelWasAsked({ model, sends }: Call, text: unknown): void {
  const [request] = model.requests;
  expect(model.requests).toHaveLength(1);
  expect(request?.body?.model).toBe(sends?.model ?? 'model-a');
  expect(request?.body?.messages?.at(-1)).toEqual({ role: 'user', content: text });
  if (sends?.systemPrompt !== undefined) {
    expect(request?.body?.messages?.[0]).toEqual({ role: 'system', content: sends.systemPrompt });
    expect(request?.body).toMatchObject({ max_tokens: sends.maxTokens, temperature: sends.temperature });
  }
}
