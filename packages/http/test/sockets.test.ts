import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Authenticate, RateLimiter, SystemClock } from '@openclaw/core';
import { InMemoryLimitStore, InMemoryLogger, InMemoryTokenStore } from '@openclaw/core/testing';
import { type Frame, refusal, SocketClient } from '../../../test/socket-client/socket-client.js';
import { DEFAULT_SOCKET_SETTINGS, type HttpDeps, type HttpSettings, type SocketSettings } from '../src/index.js';
import { call, gate, OPERATOR, raw, type Script, SETTINGS, startGateway, type TestGateway, TOKENS } from './gateway.js';

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function start(
  sockets: Partial<SocketSettings> = {},
  script?: Script,
  replaced: Partial<HttpDeps> = {},
  settings: Partial<HttpSettings> = {},
): Promise<TestGateway> {
  const all = { ...DEFAULT_SOCKET_SETTINGS, lingerMs: 200, ...sockets };
  const gateway = await startGateway({ ...settings, sockets: all }, script, replaced);
  running.push(() => gateway.close(2_000));
  return gateway;
}

async function connect(gateway: TestGateway, token: string | undefined = OPERATOR): Promise<SocketClient> {
  return SocketClient.open(gateway.url, token);
}

/** Says a word, then waits for the test before it goes on. */
function slowly(): { script: Script; gates: Map<string, ReturnType<typeof gate>>; said: () => string[] } {
  const gates = new Map<string, ReturnType<typeof gate>>();
  const said: string[] = [];
  const script: Script = async function* (request, signal) {
    const text = String(request.messages.at(-1)?.content);
    said.push(text);
    yield { type: 'delta', text: `${text}: ` };
    const held = gates.get(text);
    if (held) {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      await Promise.race([held.opened, aborted]);
    }
    yield { type: 'delta', text: 'done' };
    yield { type: 'finished', model: request.choice.model, usage: { inputTokens: 7, outputTokens: 3 } };
  };
  const holding = (texts: string[]) => texts.forEach((text) => gates.set(text, gate()));
  holding(['one', 'two', 'three']);
  return { script, gates, said: () => said };
}

describe('authentication', () => {
  it('lets in by a frame, by a header, and tells by a frame again', async () => {
    const gateway = await start();
    const byFrame = await connect(gateway);
    byFrame.send({ type: 'message', content: 'hi' });
    expect(await byFrame.of('response')).toMatchObject({ content: 'you said: hi' });
    const byHeader = await SocketClient.open(gateway.url, undefined, {
      headers: { Authorization: `Bearer ${TOKENS.chat}` },
    });
    byHeader.send({ type: 'message', content: 'hi' });
    expect(await byHeader.next()).toMatchObject({ type: 'response', content: 'you said: hi' });
    byHeader.send({ type: 'auth', token: TOKENS.chat });
    expect(await byHeader.next()).toEqual({ type: 'auth_success' });
    byHeader.send({ type: 'auth', token: TOKENS.other });
    expect(await byHeader.next()).toMatchObject({ type: 'error', error: 'forbidden' });
  });

  it('refuses a wrong token with 4401, and with 401 in the header', async () => {
    const gateway = await start();
    const client = await connect(gateway, undefined as never);
    client.send({ type: 'auth', token: 'wrong' });
    expect(await client.next()).toEqual({
      type: 'error',
      error: 'unauthorized',
      message: 'Missing or invalid authentication token',
    });
    expect(await client.closed).toMatchObject({ code: 4401 });
    const refused = await refusal(gateway.url, { headers: { Authorization: 'Bearer wrong' } });
    expect(refused).toMatchObject({ status: 401, body: { error: 'unauthorized', status: 401 } });
  });

  it('closes with 4408 when no token comes, and does nothing for a stranger until then', async () => {
    const gateway = await start({ authTimeoutMs: 1_000 });
    const client = await SocketClient.open(gateway.url);
    client.send({ type: 'message', content: 'hi', id: 'm1' });
    expect(await client.next()).toMatchObject({ type: 'error', error: 'unauthorized', id: 'm1' });
    client.send({ type: 'subscribe', events: ['message.sent'] });
    expect(await client.next()).toMatchObject({ type: 'error', error: 'unauthorized' });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    expect(await client.closed).toMatchObject({ code: 4408 });
  });

  it('needs no token where authentication is off', async () => {
    const auth = { enabled: false, operatorSecrets: [], tokens: [] };
    const authenticate = new Authenticate(() => auth, new InMemoryTokenStore(), new SystemClock());
    const gateway = await start({ authTimeoutMs: 50 }, undefined, { authenticate });
    const client = await SocketClient.open(gateway.url);
    client.send({ type: 'message', content: 'hi' });
    expect(await client.next()).toMatchObject({ type: 'response' });
    client.send({ type: 'auth', token: 'YOUR_TOKEN' });
    expect(await client.next()).toEqual({ type: 'auth_success' });
    expect(
      await refusal(gateway.url, { origin: 'http://evil.example', headers: { Host: 'evil.example' } }),
    ).toMatchObject({ status: 403 });
  });

  it('closes with 4401 when the token is revoked, and stops what runs', async () => {
    const tokens = [{ name: 'short', token: 'short-lived', scope: ['chat' as const, 'read' as const] }];
    const auth = { value: { enabled: true, operatorSecrets: [OPERATOR], tokens } };
    const authenticate = new Authenticate(() => auth.value, new InMemoryTokenStore(), new SystemClock());
    const { script } = slowly();
    const gateway = await start({ recheckMs: 20 }, script, { authenticate });
    const client = await connect(gateway, 'short-lived');
    client.send({ type: 'message', content: 'one', conversation_id: 'c', stream: true });
    await client.of('token');
    auth.value = { ...auth.value, tokens: [] };
    expect(await client.of('error')).toMatchObject({ error: 'unauthorized' });
    expect(await client.closed).toMatchObject({ code: 4401 });
    const stays = await connect(gateway);
    stays.send({ type: 'ping' });
    expect(await stays.next()).toEqual({ type: 'pong' });
  });

  it('believes pages of the configured origins and of its own only', async () => {
    const cors = { ...SETTINGS.cors, enabled: true, origins: ['https://app.example'] };
    const gateway = await start({}, undefined, {}, { cors });
    for (const origin of ['https://app.example', gateway.url]) {
      const client = await SocketClient.open(gateway.url, OPERATOR, { origin });
      await client.close();
    }
    const refused = await refusal(gateway.url, { origin: 'https://evil.example' });
    expect(refused).toMatchObject({ status: 403, body: { error: 'forbidden' } });
  });

  it('names every handshake by its id, and answers a broken one as any bad request', async () => {
    const gateway = await start();
    const head = 'GET /ws HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine-1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    const broken = await raw(gateway, `${head}Sec-WebSocket-Version: 13\r\n\r\n`);
    expect(broken).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(broken).toContain('\r\nX-Request-Id: mine-1\r\n');
    expect(JSON.parse(broken.slice(broken.indexOf('{')))).toMatchObject({
      ...{ error: 'bad_request', status: 400 },
      message: 'Missing or invalid Sec-WebSocket-Key header',
    });
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    // A close frame, masked with nothing.
    const taken = await raw(gateway, `${head}${key}\r\n`, Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    expect(taken).toMatch(/^HTTP\/1\.1 101 /);
    expect(taken).toContain('\r\nX-Request-Id: mine-1\r\n');
    const plain = await call(gateway, 'GET', '/ws');
    expect([plain.status, plain.json.message]).toEqual([404, expect.stringContaining('WebSocket')]);
  });

  it('needs the scope of what is asked for', async () => {
    const gateway = await start();
    const reader = await connect(gateway, TOKENS.read);
    reader.send({ type: 'message', content: 'hi', id: 7 });
    expect(await reader.next()).toMatchObject({ type: 'error', error: 'forbidden', id: 7 });
    const chatter = await connect(gateway, TOKENS.chat);
    chatter.send({ type: 'subscribe', events: ['message.sent'] });
    expect(await chatter.next()).toMatchObject({ type: 'error', error: 'forbidden' });
  });
});

describe('messages', () => {
  it('are answered whole', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    client.send({ type: 'message', channel: 'api', content: '你好', conversation_id: 'talk', id: 'mine' });
    expect(await client.next()).toEqual({
      type: 'response',
      conversation_id: 'talk',
      role: 'assistant',
      content: 'you said: 你好',
      skills_used: [],
      tokens: { input: 7, output: 3, total: 10 },
      latency_ms: expect.any(Number),
      model: 'm1',
      id: 'mine',
      message_id: expect.stringMatching(/^msg_/),
    });
    const stored = await call(gateway, 'GET', '/api/v1/conversations/talk');
    expect(stored.json.messages.map((message: Frame) => message.content)).toEqual(['你好', 'you said: 你好']);
  });

  it('are streamed on request, then answered whole', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    client.send({ type: 'message', content: 'a b', stream: true });
    const frames = await client.until((all) => all.some((frame) => frame.type === 'response'));
    const tokens = frames.filter((frame) => frame.type === 'token');
    const response = frames.at(-1);
    expect(tokens.map((frame) => frame.content).join('')).toBe(response.content);
    expect(new Set(tokens.map((frame) => frame.id))).toEqual(new Set([response.message_id]));
    expect(response.id).toBe(response.message_id);
    expect(tokens[0].conversation_id).toBe(response.conversation_id);
  });

  it('of many conversations run beside each other, those of one after each other', async () => {
    const { script, gates, said } = slowly();
    const gateway = await start({}, script);
    const client = await connect(gateway);
    for (const [content, conversation_id] of [
      ['one', 'a'],
      ['two', 'a'],
      ['three', 'b'],
      ['four', 'c'],
    ]) {
      client.send({ type: 'message', content, conversation_id, id: content });
    }
    expect(await client.of('response')).toMatchObject({ id: 'four' });
    gates.get('three')?.open();
    expect(await client.of('response')).toMatchObject({ id: 'three' });
    expect(said()).not.toContain('two');
    gates.get('one')?.open();
    expect(await client.of('response')).toMatchObject({ id: 'one' });
    gates.get('two')?.open();
    expect(await client.of('response')).toMatchObject({ id: 'two' });
  });

  it('keep their order within a conversation, however many come at once', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    const ids = Array.from({ length: 60 }, (_, i) => i);
    for (const id of ids) client.send({ type: 'message', content: `m${id}`, conversation_id: 'one', id });
    const frames = await client.until((all) => all.filter((frame) => frame.type === 'response').length === 60);
    expect(frames.filter((frame) => frame.type === 'response').map((frame) => frame.id)).toEqual(ids);
  });

  it('tell what went wrong, and the socket goes on', async () => {
    const broken: Script = async function* () {
      yield { type: 'delta', text: 'I ' };
      throw new Error('boom');
    };
    const gateway = await start({}, broken);
    const client = await connect(gateway);
    client.send({ type: 'message', content: 'hi', id: 'm' });
    expect(await client.next()).toEqual({ type: 'error', error: 'internal_error', message: 'Internal error', id: 'm' });
    client.send({ type: 'message', content: 'hi', model: 'nonsense', id: 'n' });
    expect(await client.next()).toMatchObject({
      error: 'bad_request',
      id: 'n',
      details: { available: expect.arrayContaining(['m1']) },
    });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it('can be cancelled by the id that the client gave', async () => {
    const { script } = slowly();
    const gateway = await start({}, script);
    const client = await connect(gateway);
    client.send({ type: 'message', content: 'one', conversation_id: 'c', id: 'first', stream: true });
    await client.of('token');
    client.send({ type: 'message', content: 'two', conversation_id: 'c', id: 'second' });
    client.send({ type: 'cancel', id: 'first' });
    expect(await client.of('cancelling')).toEqual({ type: 'cancelling', id: 'first' });
    expect(await client.of('response')).toMatchObject({ id: 'first', content: 'one: ', interrupted: true });
    client.send({ type: 'cancel', id: 'second' });
    await client.of('cancelling');
    client.send({ type: 'cancel', id: 'nobody' });
    expect(await client.next((frame) => frame.error === 'not_found')).toMatchObject({ id: 'nobody' });
    const stored = await call(gateway, 'GET', '/api/v1/conversations/c');
    expect(stored.json.messages[1]).toMatchObject({ content: 'one: ' });
  });

  it('refuses an id that is in use, and more messages than may be under way', async () => {
    const { script, gates } = slowly();
    const gateway = await start({ maxMessages: 2 }, script);
    const client = await connect(gateway);
    client.send({ type: 'message', content: 'one', id: 'x' });
    client.send({ type: 'message', content: 'two', id: 'x' });
    expect(await client.next()).toMatchObject({ type: 'error', error: 'conflict', id: 'x' });
    client.send({ type: 'message', content: 'two', id: 'y' });
    client.send({ type: 'message', content: 'three', id: 'z' });
    expect(await client.next()).toMatchObject({ type: 'error', error: 'service_unavailable', id: 'z' });
    gates.get('one')?.open();
    gates.get('two')?.open();
    await client.of('response');
    await client.of('response');
  });

  it('each count against the limit of the token', async () => {
    const limits = { windowMs: 60_000, maxRequests: 3 };
    const limiter = new RateLimiter(
      () => ({ global: { windowMs: 60_000, maxRequests: 1_000 }, perToken: limits }),
      new InMemoryLimitStore(),
      new InMemoryLogger(),
    );
    running.push(() => limiter.close());
    const gateway = await start({}, undefined, { limiter });
    const client = await connect(gateway);
    for (let id = 0; id < 5; id++) client.send({ type: 'message', content: 'hi', id });
    const frames = await client.until((all) => all.length === 6);
    const refused = frames.filter((frame) => frame.type === 'error');
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ error: 'rate_limited', id: 3, retry_after: expect.any(Number) });
  });

  it('are stopped, and kept as interrupted, when the socket goes', async () => {
    const { script } = slowly();
    const gateway = await start({}, script);
    const listener = await connect(gateway);
    listener.send({ type: 'subscribe', events: ['message.sent'] });
    await listener.of('subscribed');
    const client = await connect(gateway);
    client.send({ type: 'message', content: 'one', conversation_id: 'left', stream: true });
    await client.of('token');
    client.ws.terminate();
    expect(await listener.of('event')).toMatchObject({
      event: 'message.sent',
      data: { conversationId: 'left', content: 'one: ' },
    });
  });
});

describe('events', () => {
  it('come to those of the tenant who have subscribed, in order, with the bodies of the webhooks', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    client.send({ type: 'subscribe', events: ['message.received', 'message.sent', 'conversation.created'] });
    expect(await client.next()).toEqual({
      type: 'subscribed',
      events: ['message.received', 'message.sent', 'conversation.created'],
    });
    const stranger = await connect(gateway, TOKENS.other);
    stranger.send({ type: 'subscribe', events: ['message.received'] });
    await stranger.of('subscribed');
    await call(gateway, 'POST', '/api/v1/chat', { message: 'hello', conversationId: 'talk' });
    const events = [await client.next(), await client.next(), await client.next()];
    expect(events.map(({ event }) => event)).toEqual(['conversation.created', 'message.received', 'message.sent']);
    expect(Object.keys(events[1])).toEqual(['type', 'id', 'event', 'timestamp', 'data']);
    expect(events[1]).toMatchObject({
      id: expect.stringMatching(/^evt_/),
      data: {
        conversationId: 'talk',
        channel: 'api',
        chatId: 'talk',
        from: { id: 'user', name: 'user' },
        content: 'hello',
      },
    });
    client.send({ type: 'unsubscribe', events: ['message.received', 'conversation.created'] });
    expect(await client.next()).toEqual({ type: 'subscribed', events: ['message.sent'] });
    await call(gateway, 'POST', '/api/v1/chat', { message: 'again', conversationId: 'talk' });
    expect(await client.next()).toMatchObject({ event: 'message.sent', data: { content: 'you said: again' } });
    stranger.send({ type: 'ping' });
    await stranger.of('pong');
    expect(stranger.frames.filter((frame) => frame.type === 'event')).toEqual([]);
  });

  it('must be known by name', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    client.send({ type: 'subscribe', events: ['message.sent', 'nonsense'] });
    expect(await client.next()).toMatchObject({
      type: 'error',
      error: 'bad_request',
      message: expect.stringContaining('"nonsense" is no event'),
    });
    client.send({ type: 'subscribe', events: 'message.sent' });
    expect(await client.next()).toMatchObject({ error: 'bad_request' });
  });
});

describe('frames', () => {
  it('that make no sense are answered, and close nothing', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    const bad: (string | Buffer | object)[] = [
      '{',
      '',
      '[]',
      'null',
      '"x"',
      '{"type":"message","content":"\\u0000"}',
      {},
      { type: 'nonsense' },
      { type: 'message' },
      { type: 'message', content: 5, id: 'i' },
      { type: 'message', content: 'x', conversation_id: '' },
      { type: 'cancel' },
      { type: 'auth', token: 5 },
      Buffer.from([1, 2, 3]),
      '{"__proto__":{"type":"ping"}}',
    ];
    for (const frame of bad) {
      client.send(frame);
      expect(await client.next()).toMatchObject({ type: 'error', error: 'bad_request' });
    }
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it('that make no sense are counted: too many close the socket', async () => {
    const gateway = await start({ maxBadFrames: 3 });
    const client = await connect(gateway);
    for (let i = 0; i < 4; i++) client.send('{');
    expect(await client.closed).toMatchObject({ code: 1008 });
  });

  it('of more than 1 MB close the socket with 1009', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    client.send({ type: 'message', content: 'x'.repeat(900_000) });
    expect(await client.next()).toMatchObject({ type: 'response' });
    client.send({ type: 'message', content: 'x'.repeat(1024 * 1024) });
    expect(await client.closed).toMatchObject({ code: 1009 });
  });
});

describe('connections', () => {
  /** A client that does everything by hand. */
  async function handshake(gateway: TestGateway): Promise<net.Socket> {
    const socket = net.connect(gateway.port, '127.0.0.1');
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${OPERATOR}\r\n\r\n`,
    );
    await once(socket, 'data');
    return socket;
  }

  it('of a peer that does not answer pings are cut off', async () => {
    const gateway = await start({ pingMs: 50 });
    const alive = await connect(gateway);
    const dead = await handshake(gateway);
    await once(dead, 'close');
    alive.send({ type: 'ping' });
    expect(await alive.of('pong')).toEqual({ type: 'pong' });
  });

  it('of a slow reader are closed once 1 MB waits for it, and it is told why when it reads on', async () => {
    let flooded = false;
    // More than the system's own buffers hold.
    const flood: Script = async function* (request) {
      try {
        for (let i = 0; i < 1_000; i++) yield { type: 'delta', text: 'x'.repeat(32_000) };
        yield { type: 'finished', model: request.choice.model, usage: { inputTokens: 1, outputTokens: 1 } };
      } finally {
        flooded = true;
      }
    };
    const gateway = await start({ maxBufferedBytes: 64 * 1024, maxMessages: 1_000 }, flood);
    const slow = await handshake(gateway);
    slow.pause();
    const payload = Buffer.from(JSON.stringify({ type: 'message', content: 'go', stream: true }));
    slow.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), Buffer.alloc(4), payload]));
    const quick = await connect(gateway);
    while (!flooded) {
      quick.send({ type: 'ping' });
      await quick.of('pong');
    }
    let last = Buffer.alloc(0);
    slow.on('data', (data: Buffer) => {
      last = Buffer.concat([last, data]).subarray(-20);
      if (last.includes('reading too slowly')) slow.destroy();
    });
    slow.resume();
    await once(slow, 'close');
    expect(last.readUInt16BE()).toBe(1013);
    const closed = () => gateway.logger.entries.find((entry) => entry.message === 'socket');
    while (!closed()) {
      quick.send({ type: 'ping' });
      await quick.of('pong');
    }
  });

  it('asked for elsewhere, or with another protocol, are ordinary requests', async () => {
    const gateway = await start();
    const elsewhere = await fetch(`${gateway.url}/ws`);
    expect(elsewhere.status).toBe(404);
    const headers = {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    };
    const request = http.request(`${gateway.url}/health`, { headers, agent: false }).end();
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  it('are closed with 1012 when the gateway stops: idle ones at once, the others with their answer', async () => {
    const { script, gates } = slowly();
    const gateway = await start({}, script);
    const idle = await connect(gateway);
    const busy = await connect(gateway);
    busy.send({ type: 'message', content: 'one', stream: true });
    await busy.of('token');
    gateway.retireSockets();
    expect(await idle.closed).toMatchObject({ code: 1012 });
    expect(await refusal(gateway.url)).toMatchObject({ status: 503 });
    gates.get('one')?.open();
    expect(await busy.of('response')).toMatchObject({ content: 'one: done' });
    expect(await busy.closed).toMatchObject({ code: 1012 });
  });

  it('leave one line each in the log, and so does each message', async () => {
    const gateway = await start();
    const client = await connect(gateway, TOKENS.chat);
    client.send({ type: 'message', content: 'secret words' });
    await client.of('response');
    await client.close();
    const ended = () => gateway.logger.entries.find((entry) => entry.message === 'socket');
    while (!ended()) await new Promise((resolve) => setImmediate(resolve));
    expect(ended()).toMatchObject({ code: 1005, messages: 1, token_name: 'chatter', tenant: 'default' });
    const message = gateway.logger.entries.find((entry) => entry.message === 'socket message');
    expect(message).toMatchObject({ status: 'completed', token_name: 'chatter', request_id: expect.any(String) });
    const log = JSON.stringify(gateway.logger.entries);
    expect(log).not.toContain('secret words');
    expect(log).not.toContain(TOKENS.chat);
  });
});
