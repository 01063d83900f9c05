import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UndiciTransport } from '@openclaw/adapter-undici';
import type { RunEvent, RunRequest } from '@openclaw/core';
import { runRequest } from '@openclaw/core/testing';
import { type ModelServer, startModelServer } from '../../../../test/model-server/model-server.js';
import { AnthropicRunner } from './anthropic-runner.js';

let server: ModelServer;
let runner: AnthropicRunner;
beforeAll(async () => {
  server = await startModelServer();
  runner = new AnthropicRunner(
    { name: 'upstream' },
    new UndiciTransport({ baseUrl: server.url, idleTimeoutMs: 5_000 }),
  );
});
beforeEach(() => server.reset());
afterAll(async () => {
  await runner.close();
  await server.close();
});

async function run(more: Partial<RunRequest>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of runner.run(runRequest('hello', more), new AbortController().signal)) events.push(event);
  return events;
}

async function sent(more: Partial<RunRequest>): Promise<Record<string, unknown> | undefined> {
  server.reset();
  await run(more);
  return server.requests[0]?.body;
}

describe('AnthropicRunner with whole prompts', () => {
  it('gathers all instructions, and makes blocks of pictures, calls and results', async () => {
    const body = await sent({
      system: 'agent',
      messages: [
        { role: 'system', content: 'one' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image', url: 'data:image/png;base64,AA' },
            { type: 'image', url: 'https://example.com/a.png' },
          ],
        },
        { role: 'developer', content: 'two' },
        {
          role: 'assistant',
          content: 'let me see',
          toolCalls: [
            { id: 'c1', name: 'f', arguments: '{"a": 1}' },
            { id: 'c2', name: 'g', arguments: '' },
            { id: 'c3', name: 'h', arguments: 'broken' },
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: 'done' },
        { role: 'tool', toolCallId: 'c2', content: [{ type: 'text', text: 'too' }] },
        { role: 'user', content: 'and?' },
      ],
    });
    expect(body?.system).toBe('agent\n\none\n\ntwo');
    expect(body?.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'let me see' },
          { type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } },
          { type: 'tool_use', id: 'c2', name: 'g', input: {} },
          { type: 'tool_use', id: 'c3', name: 'h', input: { arguments: 'broken' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'done' },
          { type: 'tool_result', tool_use_id: 'c2', content: [{ type: 'text', text: 'too' }] },
          { type: 'text', text: 'and?' },
        ],
      },
    ]);
  });

  it.each<[Partial<RunRequest>, object]>([
    [{ toolChoice: 'auto' }, { type: 'auto' }],
    [{ toolChoice: 'none' }, { type: 'none' }],
    [{ toolChoice: 'required' }, { type: 'any' }],
    [{ toolChoice: { name: 'f' } }, { type: 'tool', name: 'f' }],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { toolChoice: 'required', parallelToolCalls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
  ])('says %j in its words', async (more, choice) => {
    const tools = [{ name: 'f', description: 'd', parameters: { properties: { a: {} } } }];
    const body = await sent({ tools, ...more });
    expect(body?.tools).toEqual([
      { name: 'f', description: 'd', input_schema: { type: 'object', properties: { a: {} } } },
    ]);
    expect(body?.tool_choice).toEqual(choice);
  });

  it('has stop texts and top_p, and leaves out what Anthropic has no word for', async () => {
    const body = await sent({ stop: ['\n', 'END'], topP: 0.5, seed: 1, presencePenalty: 1, frequencyPenalty: 1 });
    expect(body).toMatchObject({ stop_sequences: ['END'], top_p: 0.5 });
    expect(Object.keys(body ?? {}).sort()).toEqual([
      'max_tokens',
      'messages',
      'model',
      'stop_sequences',
      'stream',
      'top_p',
    ]);
  });

  it('asks for a format in words', async () => {
    expect((await sent({ responseFormat: { type: 'json_object' } }))?.system).toMatch(/single JSON object/);
    const responseFormat = { type: 'json_schema', name: 's', schema: { type: 'object' } } as const;
    expect((await sent({ system: 'agent', responseFormat }))?.system).toMatch(/^agent\n\n[\s\S]*\{"type":"object"\}$/);
  });

  it('passes tool calls on piece by piece, one without arguments as an empty object', async () => {
    server.next({
      chunks: ['let me see'],
      toolCalls: [
        { id: 'toolu_1', name: 'weather', arguments: ['{"city":', ' "Seoul"}'] },
        { id: 'toolu_2', name: 'time', arguments: [] },
      ],
    });
    expect(await run({ tools: [{ name: 'weather' }, { name: 'time' }] })).toEqual([
      { type: 'delta', text: 'let me see' },
      { type: 'tool-call', index: 0, id: 'toolu_1', name: 'weather', arguments: '' },
      { type: 'tool-call', index: 0, arguments: '{"city":' },
      { type: 'tool-call', index: 0, arguments: ' "Seoul"}' },
      { type: 'tool-call', index: 1, id: 'toolu_2', name: 'time', arguments: '' },
      { type: 'tool-call', index: 1, arguments: '{}' },
      expect.objectContaining({ type: 'finished', finishReason: 'tool_calls' }),
    ]);
  });

  it.each([
    ['max_tokens', 'length'],
    ['stop_sequence', 'stop'],
    ['refusal', 'content_filter'],
    ['pause_turn', 'pause_turn'],
  ])('calls the end %s %s', async (finishReason, word) => {
    server.next({ finishReason });
    expect((await run({})).at(-1)).toMatchObject({ finishReason: word });
  });
});
