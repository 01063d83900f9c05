import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ModelServer, startModelServer } from '../../../../test/model-server/model-server.js';
import { UndiciTransport } from './undici-transport.js';

const POST = { method: 'POST', path: '/chat/completions', headers: { 'content-type': 'application/json' } } as const;
const PROMPT = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'a b c' }], stream: true });

// What goes wrong on the way is tested with the runners, which word it.
describe('UndiciTransport', () => {
  let server: ModelServer;
  const { signal } = new AbortController();
  beforeAll(async () => {
    server = await startModelServer();
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it.each([
    ['', '/models'],
    ['/', '/models'],
    ['/some/path/', '/some/path/models'],
    ['/v1?api-version=7', '/v1/models?api-version=7'],
  ])('calls below the base URL: %j', async (base, target) => {
    const transport = new UndiciTransport({ baseUrl: server.url + base });
    const reply = await transport.send({ method: 'GET', path: '/models', headers: { 'x-mark': 'a' } }, signal);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    let text = '';
    for await (const bytes of reply.body) text += Buffer.from(bytes).toString();
    reply.drop();
    expect(JSON.parse(text)).toMatchObject({ object: 'list' });
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: target, headers: { 'x-mark': 'a' } });
    await transport.close();
  });

  it('gives every byte to a reader who is slower than the provider', async () => {
    const body = Array.from({ length: 100_000 }, (_, no) => `line ${no}`).join('\n');
    server.script(() => ({ status: 200, body }));
    const transport = new UndiciTransport({ baseUrl: server.url });
    const reply = await transport.send({ ...POST, body: PROMPT }, signal);
    let text = '';
    for await (const bytes of reply.body) {
      text += Buffer.from(bytes).toString('latin1');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text).toBe(body);
    await transport.close();
  });

  it('lets others have a turn while an answer that is all ready comes in', async () => {
    const body = 'x'.repeat(16 * 1024 * 1024);
    server.script(() => ({ status: 200, body }));
    const transport = new UndiciTransport({ baseUrl: server.url });
    const reply = await transport.send({ ...POST, body: PROMPT }, signal);
    let [bytes, inThisTurn, mostInATurn] = [0, 0, 0];
    let timer = setImmediate(function turn() {
      inThisTurn = 0;
      timer = setImmediate(turn);
    });
    for await (const piece of reply.body) {
      bytes += piece.length;
      inThisTurn += piece.length;
      mostInATurn = Math.max(mostInATurn, inThisTurn);
    }
    clearImmediate(timer);
    expect(bytes).toBe(body.length);
    expect(mostInATurn).toBeLessThanOrEqual(512 * 1024);
    await transport.close();
  });

  it('makes no call for somebody who has left before', async () => {
    const transport = new UndiciTransport({ baseUrl: server.url });
    const reason = new Error('gone');
    const call = transport.send({ method: 'GET', path: '/models', headers: {} }, AbortSignal.abort(reason));
    await expect(call).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
    await transport.close();
  });

  it('gives up a body in the middle with the reason of who left', async () => {
    server.script(() => ({ stall: 1 }));
    const transport = new UndiciTransport({ baseUrl: server.url });
    const leaving = new AbortController();
    const reply = await transport.send({ ...POST, body: PROMPT }, leaving.signal);
    const reason = new Error('gone');
    const read = async () => {
      for await (const bytes of reply.body) if (bytes.length > 0) leaving.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    await server.requests[0]?.closed;
    await transport.close();
  });

  it('takes no calls after it was closed', async () => {
    const transport = new UndiciTransport({ baseUrl: server.url });
    await transport.close();
    await expect(transport.send({ method: 'GET', path: '/models', headers: {} }, signal)).rejects.toThrow();
  });

  it('refuses a base URL that is none', () => {
    expect(() => new UndiciTransport({ baseUrl: 'api.example.com/v1' })).toThrow('Invalid URL');
  });
});
