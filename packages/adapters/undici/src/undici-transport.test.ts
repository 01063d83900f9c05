import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ModelServer, startModelServer } from '../../../../test/model-server/model-server.js';
import { UndiciTransport } from './undici-transport.js';

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

  it('takes no calls after it was closed', async () => {
    const transport = new UndiciTransport({ baseUrl: server.url });
    await transport.close();
    await expect(transport.send({ method: 'GET', path: '/models', headers: {} }, signal)).rejects.toThrow();
  });

  it('refuses a base URL that is none', () => {
    expect(() => new UndiciTransport({ baseUrl: 'api.example.com/v1' })).toThrow('Invalid URL');
  });
});
