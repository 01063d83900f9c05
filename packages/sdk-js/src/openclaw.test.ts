import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect, events, FakeGateway, json } from '../test/fake-gateway.js';
import { ApiError, OpenClaw, StreamError } from './index.js';

let gateway: FakeGateway;
let client: OpenClaw;

beforeEach(async () => {
  gateway = new FakeGateway();
  await gateway.start();
  client = new OpenClaw({ baseUrl: gateway.url, token: 'secret' });
});

afterEach(() => gateway.stop());

describe('messages', () => {
  const answer = {
    id: 'msg_1',
    conversation_id: 'default',
    content: '你好',
    model: 'm',
    tokens: { input: 1, output: 2 },
  };

  it('are sent in a session, and answered with a text', async () => {
    gateway.will(json(200, answer));
    expect(await client.message.send({ text: 'Hi', model: 'm', timeoutMs: 9_000, idempotencyKey: 'k' })).toEqual({
      ...{ messageId: 'msg_1', session: 'default', text: '你好', model: 'm' },
      usage: { inputTokens: 1, outputTokens: 2 },
    });
    await client.message.send({ text: 'Hi', session: 'other' });
    const [first, second] = gateway.seen;
    expect(first).toMatchObject({ method: 'POST', url: '/api/v1/message', headers: { 'idempotency-key': 'k' } });
    expect(first?.body).toEqual({ message: 'Hi', conversation_id: 'default', model: 'm', timeout_ms: 9_000 });
    expect(second?.body).toMatchObject({ conversation_id: 'other' });
  });

  const token = (content: string) => ({ type: 'token', content });
  const end = { type: 'end', tokens: { input: 1, output: 1 } };

  it('are streamed as strings', async () => {
    gateway.will(events({ type: 'start' }, { type: 'reset' }, token('写'), { type: 'skill_call' }, token('诗'), end));
    expect(await collect(client.message.stream({ text: 'Hi' }))).toEqual(['写', '诗']);
  });

  it('fail when text that was streamed is void', async () => {
    gateway.will(events(token('a'), { type: 'reset' }, token('b'), end));
    await expect(collect(client.message.stream({ text: 'Hi' }))).rejects.toThrow(StreamError);
    gateway.will(json(422, { error: 'x', message: 'no', status: 422 }));
    await expect(collect(client.message.stream({ text: 'Hi' }))).rejects.toThrow(ApiError);
  });
});

it('finds memories', async () => {
  gateway.will(json(200, { results: [{ content: 'likes tea', score: 1 }], total: 1, query: 'tea' }));
  const found = await client.memory.search({ query: 'tea', limit: 5, minScore: 0.5 });
  expect(found.map(({ content }) => content)).toEqual(['likes tea']);
  expect(gateway.seen[0]).toMatchObject({ method: 'POST', url: '/api/v1/memory/search' });
  expect(gateway.seen[0]?.body).toEqual({ query: 'tea', limit: 5, min_score: 0.5 });
});

it('has the rest under the same roof', async () => {
  gateway.will(json(200, { data: { memoryId: 'mem_1' } }));
  expect(await client.memory.add({ content: 'likes tea', tags: ['taste'] })).toEqual({ memoryId: 'mem_1' });
  await client.memory.stats();
  await client.sessions.create('Support');
  await client.skills.list();
  await client.config.part('gateway');
  await client.status();
  await client.health();
  await client.client.getModels();
  expect(gateway.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /api/v1/memory',
    'GET /api/v1/memory/stats',
    'POST /api/v1/sessions',
    'GET /api/v1/skills',
    'GET /api/v1/config/gateway',
    'GET /api/v1/status',
    'GET /health',
    'GET /api/v1/models',
  ]);
  expect(gateway.seen[0]?.body).toEqual({ content: 'likes tea', tags: ['taste'] });
});
