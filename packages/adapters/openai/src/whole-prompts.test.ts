import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UndiciTransport } from '@openclaw/adapter-undici';
import type { RunEvent, RunRequest } from '@openclaw/core';
import { runRequest } from '@openclaw/core/testing';
import { type ModelServer, startModelServer } from '../../../../test/model-server/model-server.js';
import { OpenAiRunner } from './openai-runner.js';

let server: ModelServer;
let runner: OpenAiRunner;
beforeAll(async () => {
  server = await startModelServer();
  const transport = new UndiciTransport({ baseUrl: server.openAiUrl, idleTimeoutMs: 5_000 });
  runner = new OpenAiRunner({ name: 'upstream', baseUrl: server.openAiUrl }, transport);
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

describe('OpenAiRunner with whole prompts', () => {
  it('sends every kind of message as the protocol has it', async () => {
    await run({
      system: 'agent',
      messages: [
        { role: 'developer', content: 'brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image', url: 'data:image/png;base64,AA', detail: 'low' },
          ],
          name: 'ann',
        },
        { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'f', arguments: '{"a": 1}' }] },
        { role: 'tool', toolCallId: 'c1', content: 'done' },
      ],
    });
    expect(server.requests[0]?.body?.messages).toEqual([
      { role: 'system', content: 'agent' },
      { role: 'developer', content: 'brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
        ],
        name: 'ann',
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a": 1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'done' },
    ]);
  });

  it('sends every option under its name', async () => {
    await run({
      maxTokens: 5,
      temperature: 1.5,
      topP: 0.5,
      stop: ['a'],
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: -1,
      tools: [{ name: 'f', description: 'd', parameters: { type: 'object' }, strict: true }],
      toolChoice: { name: 'f' },
      parallelToolCalls: false,
      responseFormat: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: true },
    });
    expect(server.requests[0]?.body).toMatchObject({
      max_tokens: 5,
      temperature: 1.5,
      top_p: 0.5,
      stop: ['a'],
      seed: 7,
      presence_penalty: 1,
      frequency_penalty: -1,
      tools: [
        { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true } },
      ],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' }, strict: true } },
    });
  });

  it('passes tool calls on piece by piece, as they are', async () => {
    server.next({
      toolCalls: [
        { id: 'call_1', name: 'weather', arguments: ['{"city":', ' "Seoul"}'] },
        { id: 'call_2', name: 'time', arguments: 'not json' },
      ],
    });
    expect(await run({ tools: [{ name: 'weather' }, { name: 'time' }] })).toEqual([
      { type: 'tool-call', index: 0, id: 'call_1', name: 'weather', arguments: '' },
      { type: 'tool-call', index: 0, arguments: '{"city":' },
      { type: 'tool-call', index: 0, arguments: ' "Seoul"}' },
      { type: 'tool-call', index: 1, id: 'call_2', name: 'time', arguments: '' },
      { type: 'tool-call', index: 1, arguments: 'not json' },
      expect.objectContaining({ type: 'finished', finishReason: 'tool_calls' }),
    ]);
  });

  it('understands servers that leave out the index and send arguments whole', async () => {
    const frame = (choice: object) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`;
    const calls = [
      { id: 'a', function: { name: 'f', arguments: '{}' } },
      { id: 'b', function: { name: 'g', arguments: { x: 1 } } },
      null,
      7,
    ];
    server.next({ raw: [frame({ delta: { tool_calls: calls } }), frame({ delta: {}, finish_reason: 'tool_calls' })] });
    expect((await run({})).slice(0, -1)).toEqual([
      { type: 'tool-call', index: 0, id: 'a', name: 'f', arguments: '{}' },
      { type: 'tool-call', index: 1, id: 'b', name: 'g', arguments: '{"x":1}' },
    ]);
  });
});
