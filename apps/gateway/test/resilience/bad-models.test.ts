import { beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type GatewayProcess, type ModelServer, startGateway, startModel } from '../harness/index.js';

let model: ModelServer;
let spare: ModelServer;
let gateway: GatewayProcess;

beforeAll(async () => {
  model = await startModel();
  spare = await startModel();
  const provider = (server: ModelServer, name: string) => ({
    type: 'openai-compatible',
    base_url: server.openAiUrl,
    model: name,
    max_retries: 1,
  });
  gateway = await startGateway({
    database: await freshDatabase(),
    config: { providers: { primary: provider(model, 'model-a'), fallbacks: [provider(spare, 'spare')] } },
  });
});

/** Only while a model stalls is there little patience with it: a busy machine must not be taken for one that does. */
async function withPatience(timeout_ms: number, work: () => Promise<void>): Promise<void> {
  const set = async (value: number) => {
    const response = await gateway.fetch('/api/v1/config', {
      method: 'PUT',
      json: { providers: { primary: { timeout_ms: value } } },
    });
    expect(await response.json()).toMatchObject({ applied: ['providers.primary.timeout_ms'] });
  };
  await set(timeout_ms);
  try {
    await work();
  } finally {
    await set(60_000);
  }
}

async function chat(message: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await gateway.fetch('/api/v1/chat', { json: { message, conversationId: 'one-for-all' } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Whatever the model did, the conversation goes on. */
async function expectStillGood(): Promise<void> {
  model.reset();
  expect(await chat('still there?')).toMatchObject({
    status: 200,
    body: { content: 'echo: still there?', model: 'model-a' },
  });
}

describe('a model that misbehaves', () => {
  it('before its first token is asked again, then another provider is', async () => {
    model.next({ status: 500, body: { error: { message: 'overloaded' } } });
    expect(await chat('retried')).toMatchObject({ status: 200, body: { content: 'echo: retried', model: 'model-a' } });

    for (let i = 0; i < 2; i++)
      model.next({ status: 429, headers: { 'retry-after': '0' }, body: { error: { message: 'slow down' } } });
    expect(await chat('given to the spare')).toMatchObject({ status: 200, body: { model: 'spare' } });

    for (let i = 0; i < 2; i++) model.next({ stall: 'headers' });
    await withPatience(500, async () => {
      expect(await chat('stalled')).toMatchObject({ status: 200, body: { model: 'spare' } });
    });
    await expectStillGood();
  });

  it.each([
    [
      'cuts the connection',
      { chunks: ['half ', 'an answer'], cut: { after: 1, how: 'destroy' as const }, delayMs: 50 },
    ],
    ['ends without an end', { chunks: ['half ', 'an answer'], cut: { after: 1, how: 'end' as const } }],
    ['falls silent', { chunks: ['half ', 'an answer'], stall: 1 }],
    [
      'sends garbage',
      {
        chunks: ['half '],
        finishReason: null,
        raw: ['data: {"choices":[{"delta":{"content":"half "}}]}\n\n', 'data: {not json\n\n'],
      },
    ],
    ['never stops', { flood: 'events' as const }],
  ])('once it has spoken (%s) is an error, never a short success', async (_what, behaviour) => {
    const collected = async () => {
      model.next(behaviour);
      expect(await chat('go on')).toMatchObject({ status: 502, body: { error: 'upstream_error' } });
    };
    const streamed = async () => {
      model.next(behaviour);
      const stream = await gateway.fetch('/api/v1/chat/stream', {
        json: { message: 'go on', conversationId: 'one-for-all' },
      });
      expect(stream.status).toBe(200);
      const lines = (await stream.text()).trim().split('\n\n');
      expect(lines.at(-1)).toContain('"type":"error","error":"upstream_error"');
      expect(lines.join()).not.toContain('"done"');
    };
    for (const ask of [collected, streamed]) {
      await ('stall' in behaviour ? withPatience(3_000, ask) : ask());
      await expectStillGood();
    }
  });

  it('is told to stop when the caller leaves, and what it said is kept', async () => {
    model.next({ chunks: ['half '], stall: 1 });
    const leaving = new AbortController();
    const response = await gateway.fetch('/api/v1/chat/stream', {
      json: { message: 'bye', conversationId: 'left' },
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    let seen = '';
    while (!seen.includes('half')) seen += new TextDecoder().decode((await reader?.read())?.value);
    leaving.abort();
    await model.requests.at(-1)?.closed;
    await expectStillGood();
    const again = await gateway.fetch('/api/v1/chat', { json: { message: 'again', conversationId: 'left' } });
    expect(again.status).toBe(200);
    const left = await gateway.fetch('/api/v1/conversations/left');
    expect(await left.json()).toMatchObject({ messages: [{}, { content: 'half ', interrupted: true }, {}, {}] });
  });
});
