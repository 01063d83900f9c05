import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect, events, FakeGateway, json, type Answer } from '../test/fake-gateway.js';
import {
  AuthenticationError,
  BadRequestError,
  ConnectionError,
  OpenClawClient,
  RateLimitError,
  ServerError,
  StreamError,
  TimeoutError,
} from './index.js';

const silence: Answer = () => undefined;
const busy = json(
  503,
  { error: 'service_unavailable', message: 'draining', status: 503, details: {} },
  { 'Retry-After': '0' },
);
const reply = {
  id: 'msg_1',
  conversation_id: 'conv_1',
  role: 'assistant',
  content: 'Hello',
  skills_used: [],
  latency_ms: 1,
  model: 'echo',
};

let gateway: FakeGateway;
let client: OpenClawClient;

beforeEach(async () => {
  gateway = new FakeGateway();
  await gateway.start();
  client = new OpenClawClient({ baseUrl: `${gateway.url}/`, token: 'secret' });
});

afterEach(() => gateway.stop());

describe('calls', () => {
  it('sends a message as the API wants it, and gives the answer as it came', async () => {
    gateway.will(json(200, reply));
    expect(await client.message('Hi', { conversationId: 'conv_1', model: 'm', timeoutMs: 9_000 })).toEqual(reply);
    const [seen] = gateway.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/api/v1/message' });
    expect(seen?.body).toEqual({ message: 'Hi', conversation_id: 'conv_1', model: 'm', timeout_ms: 9_000 });
    expect(seen?.headers).toMatchObject({ authorization: 'Bearer secret', 'content-type': 'application/json' });
    expect(seen?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('knows the paths and queries of the rest', async () => {
    gateway.will(json(200, { data: { sessions: [] } }));
    await client.chat('Hi', { systemPrompt: 's', maxTokens: 5, temperature: 0 });
    await client.status();
    await client.getModels();
    await client.logs({ lines: 5, level: 'warn', since: new Date(0) });
    await client.conversations.list({ limit: 2, channel: 'api' });
    await client.conversations.get('a/b', { before: 'x' });
    await client.conversations.delete('a b');
    await client.send('telegram', '1', 'Hi');
    await client.sendState('msg/1');
    await client.channels.list();
    await client.channels.status('telegram');
    await client.channels.pairings('a/b');
    await client.channels.approve('telegram', 'CODE');
    await client.channels.removePairing('telegram', 'u/1');
    await client.config.get();
    await client.config.part('gateway.auth');
    await client.sessions.list({ limit: 5 });
    await client.sessions.create('Support', { model: 'm' });
    await client.sessions.delete('a/b');
    await client.skills.list();
    await client.skills.install('weather', { version: '1.0.0' });
    await client.skills.remove('@x/y');
    await client.skills.execute('weather', ['Bonn'], { session: 's' });
    await client.config.update({ logging: { level: 'debug' } });
    expect(gateway.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/v1/chat',
      'GET /api/v1/status',
      'GET /api/v1/models',
      'GET /api/v1/logs?lines=5&level=warn&since=1970-01-01T00%3A00%3A00.000Z',
      'GET /api/v1/conversations?limit=2&channel=api',
      'GET /api/v1/conversations/a%2Fb?before=x',
      'DELETE /api/v1/conversations/a%20b',
      'POST /api/v1/send',
      'GET /api/v1/send/msg%2F1',
      'GET /api/v1/channels',
      'GET /api/v1/channels/telegram/status',
      'GET /api/v1/channels/a%2Fb/pairings',
      'POST /api/v1/channels/telegram/pairings',
      'DELETE /api/v1/channels/telegram/pairings/u%2F1',
      'GET /api/v1/config',
      'GET /api/v1/config/gateway.auth',
      'GET /api/v1/sessions?limit=5',
      'POST /api/v1/sessions',
      'DELETE /api/v1/sessions/a%2Fb',
      'GET /api/v1/skills',
      'POST /api/v1/skills/install',
      'DELETE /api/v1/skills/%40x%2Fy',
      'POST /api/v1/skills/weather/execute',
      'PUT /api/v1/config',
    ]);
    expect(gateway.seen[0]?.body).toEqual({ message: 'Hi', systemPrompt: 's', maxTokens: 5, temperature: 0 });
    expect(gateway.seen.at(-2)?.body).toEqual({ args: ['Bonn'], session: 's' });
    expect(gateway.seen.at(-1)?.body).toEqual({ logging: { level: 'debug' } });
  });

  it('takes the 503 of a health check for the report that it is', async () => {
    gateway.will(json(503, { status: 'draining', version: '1', uptime_seconds: 3 }));
    expect(await client.health()).toMatchObject({ status: 'draining' });
    expect(gateway.seen).toHaveLength(1);
  });
});

describe('errors', () => {
  it('are typed by their status and carry what the gateway said', async () => {
    const details = { errors: [{ field: 'model', message: 'unknown' }] };
    gateway.will(
      json(400, { error: 'bad_request', message: 'Unknown model', status: 400, details }, { 'X-Request-Id': 'req_1' }),
    );
    const error = await client.message('Hi').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      code: 'bad_request',
      message: 'Unknown model',
      details,
      requestId: 'req_1',
    });
    gateway.will(json(401, { error: 'unauthorized', message: 'no', status: 401, details: {} }));
    await expect(client.status()).rejects.toBeInstanceOf(AuthenticationError);
  });

  it('do without JSON', async () => {
    gateway.will((res) => res.writeHead(404).end('<html>'));
    await expect(client.status()).rejects.toMatchObject({ status: 404, code: 'http_404' });
    gateway.will((res) => res.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'));
    await expect(client.status()).rejects.toMatchObject({ code: 'not_a_gateway' });
  });

  it('tell a gateway that is not there', async () => {
    const { url: baseUrl } = gateway;
    await gateway.stop();
    const error = await new OpenClawClient({ baseUrl, maxRetries: 0 }).health().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      code: 'connection_failed',
      status: undefined,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await gateway.start();
  });

  it('tell a gateway that does not answer in time, in a stream too', async () => {
    gateway.will(silence);
    const hasty = new OpenClawClient({ baseUrl: gateway.url, timeoutMs: 50, maxRetries: 0 });
    await expect(hasty.status()).rejects.toBeInstanceOf(TimeoutError);
    gateway.will((res) =>
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: {"type":"token","content":"a"}\n\n'),
    );
    await expect(collect(hasty.messageStream('Hi'))).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('retries', () => {
  it('repeat a GET and a POST with the same key, for as long as it was asked to wait', async () => {
    gateway.will(
      busy,
      json(429, { error: 'rate_limited', message: 'slow', status: 429, retryAfter: 0 }),
      json(200, reply),
    );
    expect(await client.message('Hi')).toEqual(reply);
    expect(gateway.seen).toHaveLength(3);
    expect(new Set(gateway.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    gateway.will(busy, json(200, { status: 'running' }));
    expect(await client.status()).toMatchObject({ status: 'running' });
  });

  it('repeat what was not looked at, and a search', async () => {
    gateway.will(json(429, { error: 'rate_limited', message: 'slow', status: 429, retryAfter: 0 }), json(200, {}));
    await client.config.update({});
    gateway.will(busy, json(200, { results: [] }));
    await client.memory.search('tea');
    expect(gateway.seen).toHaveLength(4);
    expect(gateway.seen[3]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('repeat after a connection that broke', async () => {
    gateway.will((res) => res.destroy(), json(200, { models: [] }));
    expect(await client.getModels()).toEqual({ models: [] });
  });

  it('repeat a stream that did not begin', async () => {
    gateway.will(busy, events({ type: 'end', tokens: { input: 1, output: 1 } }));
    expect(await collect(client.messageStream('Hi'))).toHaveLength(1);
  });

  it('end, with the last error', async () => {
    gateway.will(busy);
    await expect(client.status()).rejects.toBeInstanceOf(ServerError);
    expect(gateway.seen).toHaveLength(3);
  });

  it('spare what must not happen twice, what cannot pass, and a wait that is too long', async () => {
    gateway.will(busy);
    await expect(client.config.update({})).rejects.toBeInstanceOf(ServerError);
    await expect(client.conversations.delete('c')).rejects.toBeInstanceOf(ServerError);
    gateway.will(json(400, { error: 'bad_request', message: 'no', status: 400 }));
    await expect(client.message('Hi')).rejects.toBeInstanceOf(BadRequestError);
    gateway.will(json(429, { error: 'rate_limited', message: 'slow', status: 429 }, { 'Retry-After': '3600' }));
    await expect(client.status()).rejects.toMatchObject({ retryAfterMs: 3_600_000, status: 429 });
    await expect(client.status()).rejects.toBeInstanceOf(RateLimitError);
    expect(gateway.seen).toHaveLength(5);
  });
});

describe('streams', () => {
  it('come as chunks with content', async () => {
    gateway.will(
      events(
        { type: 'start', conversation_id: 'c' },
        { type: 'token', content: 'Hel' },
        { type: 'token', content: 'lo' },
        { type: 'end', tokens: { input: 1, output: 2 } },
      ),
    );
    let said = '';
    for await (const chunk of client.messageStream('Hi')) said += chunk.content || '';
    expect(said).toBe('Hello');
    expect(gateway.seen[0]?.headers['accept']).toBe('text/event-stream');
  });

  it('come in the words of /chat too', async () => {
    gateway.will(
      events(
        { type: 'start', conversationId: 'c' },
        { type: 'delta', content: 'x' },
        { type: 'done', usage: { inputTokens: 1, outputTokens: 1 } },
      ),
    );
    const chunks = await collect(client.chatStream('Hi'));
    expect(chunks.map(({ type }) => type)).toEqual(['start', 'delta', 'done']);
    expect(gateway.seen[0]?.url).toBe('/api/v1/chat/stream');
  });

  it('fail by an error event, and by an end that is none', async () => {
    gateway.will(events({ type: 'token', content: 'a' }, { type: 'error', error: 'upstream_error', message: 'gone' }));
    const error = await collect(client.messageStream('Hi')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StreamError);
    expect(error).toMatchObject({ code: 'upstream_error', message: 'gone' });
    gateway.will(events({ type: 'token', content: 'a' }));
    await expect(collect(client.messageStream('Hi'))).rejects.toMatchObject({ code: 'stream_interrupted' });
    gateway.will((res) => res.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: <html>\n\n'));
    await expect(collect(client.messageStream('Hi'))).rejects.toMatchObject({ code: 'stream_interrupted' });
  });

  it('stop the gateway when the reader leaves', async () => {
    const left = new Promise<void>((resolve) => {
      gateway.will((res) => {
        res.on('close', resolve);
        res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: {"type":"token","content":"a"}\n\n');
      });
    });
    for await (const chunk of client.messageStream('Hi')) {
      expect(chunk.content).toBe('a');
      break;
    }
    await left;
  });
});

describe('signals', () => {
  it('end a call with their reason, at any stage', async () => {
    const reason = new Error('enough');
    await expect(client.status({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const waiting = new AbortController();
    gateway.will(() => waiting.abort(reason));
    await expect(client.status({ signal: waiting.signal })).rejects.toBe(reason);

    const streaming = new AbortController();
    gateway.will((res) =>
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: {"type":"token","content":"a"}\n\n'),
    );
    const read = async () => {
      for await (const chunk of client.messageStream('Hi', { signal: streaming.signal }))
        if (chunk.content) streaming.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);

    const pausing = new AbortController();
    gateway.will((res, req) => {
      json(503, { error: 'service_unavailable', message: 'm', status: 503 }, { 'Retry-After': '30' })(res, req);
      res.on('finish', () => setImmediate(() => pausing.abort(reason)));
    });
    await expect(client.status({ signal: pausing.signal })).rejects.toBe(reason);
  });
});
