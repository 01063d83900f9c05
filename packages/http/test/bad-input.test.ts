import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATOR, type TestGateway, call, parrot, raw, startGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const chat = (body: unknown, headers: Record<string, string> = {}) =>
  call(gateway, 'POST', '/api/v1/chat', body, headers);
const nested = (depth: number) => `{"message":"a","metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('a body that is no JSON object', () => {
  it.each<[string, unknown, number, string]>([
    ['malformed', '{"message": hi}', 400, 'unexpected "h" at position 12 (line 1)'],
    ['truncated', '{"message": "hi"', 400, 'ends too early at position 16'],
    ['cut inside a string', '{"message": "hi', 400, 'ends too early at position 15'],
    ['blank', '   ', 400, 'blank'],
    ['an array', '[1]', 400, 'got an array'],
    ['null', 'null', 400, 'got null'],
    ['a string', '"x"', 400, 'got a string'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'UTF-8'],
    ['nested too deep', nested(64), 400, 'nested deeper than 64'],
    ['very deep', nested(400_000), 400, 'nested deeper than 64'],
    ['a NUL', '{"message":"a\\u0000b"}', 400, 'message'],
    ['half a surrogate pair', '{"message":"\\ud800"}', 400, 'message'],
    ['a NUL deep inside', '{"message":"a","metadata":{"x":["\\u0000"]}}', 400, 'metadata.x[0]'],
    ['a NUL in a name', '{"message":"a","metadata":{"\\u0000":1}}', 400, 'metadata'],
  ])('is refused: %s', async (_name, body, status, words) => {
    const answer = await chat(body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: 'bad_request', status, message: expect.stringContaining(words) });
  });

  it('may nest 64 deep and escape what it likes', async () => {
    expect((await chat(nested(63))).status).toBe(200);
    expect((await chat(`{"message":"${'[{'.repeat(100)}"}`)).status).toBe(200);
    expect((await chat('{"message":"\\ud83d\\ude00 \\u00e9"}')).json.content).toBe('you said: 😀 é');
  });

  it('may begin with a byte order mark', async () => {
    expect((await chat('\uFEFF{"message":"hi"}')).json.content).toBe('you said: hi');
  });

  it('is refused when empty', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/chat');
    expect([answer.status, answer.json.error]).toEqual([400, 'bad_request']);
    expect(answer.json.message).toContain('no body');
  });
});

describe('the content type', () => {
  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/json; charset=latin1', 415],
    ['application/jsonx', 415],
    ['application/json; charset=UTF-8', 200],
    ['Application/JSON', 200],
    ['application/vnd.shop+json', 200],
  ])('%s → %i', async (type, status) => {
    expect((await chat('{"message":"a"}', { 'Content-Type': type })).status).toBe(status);
  });

  it('must be there', async () => {
    const text = await raw(
      gateway,
      `POST /api/v1/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OPERATOR}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    expect(text).toContain('HTTP/1.1 415 ');
    expect(text).toContain('"error":"unsupported_media_type"');
  });
});

describe('the size', () => {
  const ofSize = (bytes: number) => `{"message":"${'a'.repeat(bytes - 14)}"}`;

  it('may be the limit and not a byte more', async () => {
    gateway.script.run = async function* () {
      yield { type: 'delta', text: 'long' };
    };
    expect((await chat(ofSize(1024 * 1024))).json.content).toBe('long');
    gateway.script.run = parrot;
    const answer = await chat(ofSize(1024 * 1024 + 1));
    expect(answer.status).toBe(413);
    expect(answer.headers.get('connection')).toBe('close');
    expect(answer.json).toMatchObject({ error: 'payload_too_large', details: { limit: 1_048_576 } });
  });

  it('is limited without a declared length too, and the client gets its answer', async () => {
    const chunk = `${(65_536).toString(16)}\r\n${'a'.repeat(65_536)}\r\n`;
    const text = await raw(
      gateway,
      `POST /api/v1/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OPERATOR}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      ...Array.from({ length: 40 }, () => chunk),
      '0\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1.1 413 /);
    expect(text).toContain('"error":"payload_too_large"');
  });

  it('is that of the settings of the moment', async () => {
    const before = gateway.settings.value;
    gateway.settings.value = { ...before, maxBodyBytes: 30 };
    expect((await chat({ message: 'x'.repeat(30) })).status).toBe(413);
    gateway.settings.value = before;
  });
});

describe('members of the wrong kind', () => {
  it.each<[Record<string, unknown>, string[]]>([
    [{}, ['message']],
    [{ message: '' }, ['message']],
    [{ message: 5, model: 7, temperature: 'hot', maxTokens: 1.5 }, ['message', 'model', 'maxTokens', 'temperature']],
    [{ message: 'a', temperature: 2.1, maxTokens: 0 }, ['maxTokens', 'temperature']],
    [{ message: 'a', conversationId: 'x'.repeat(5000) }, ['conversationId']],
    [{ message: 'a', conversationId: '' }, ['conversationId']],
    [{ message: 'a', conversationId: 'a\nb' }, ['conversationId']],
    [{ message: 'a', systemPrompt: [] }, ['systemPrompt']],
  ])('%j', async (body, fields) => {
    const answer = await chat(body);
    expect(answer.status).toBe(400);
    expect(answer.json.details.errors.map((e: { field: string }) => e.field).toSorted()).toEqual(fields.toSorted());
  });

  it('are named by path in dialect B', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/message', {
      message: 'a',
      wait_for_response: 'yes',
      timeout_ms: 600_001,
      channel: 'c'.repeat(65),
      metadata: { user_id: 5, attachments: {} },
    });
    expect(answer.json.details.errors).toEqual([
      { field: 'channel', message: expect.stringContaining('got a string of 65 characters') },
      { field: 'wait_for_response', message: 'wait_for_response must be true or false, got "yes"' },
      { field: 'timeout_ms', message: 'timeout_ms must be a whole number from 1 to 600000, got 600001' },
      { field: 'metadata.user_id', message: expect.stringContaining('got 5') },
      { field: 'metadata.attachments', message: expect.stringContaining('got an object') },
    ]);
    const list = await call(gateway, 'POST', '/api/v1/message', { message: 'a', metadata: [] });
    expect(list.json.details.errors).toEqual([
      { field: 'metadata', message: 'metadata must be an object, got an array' },
    ]);
  });
});

describe('the address', () => {
  it.each([
    ['/api/v1/conversations/%zz', 400],
    ['/api/v1/conversations/%ff', 400],
    ['/api/v1/conversations/a%00b', 400],
    ['/api/v1/conversations?channel=a%00b', 400],
    ['/api/v1/conversations/a%0ab', 400],
    [`/api/v1/conversations/${'x'.repeat(5000)}`, 400],
    ['/api/v1/nothing', 404],
    ['/api/v1/message/x', 404],
    ['/nowhere', 404],
    ['/nothing', 404],
  ])('%s → %i', async (path, status) => {
    const answer = await call(gateway, 'GET', path);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: status === 404 ? 'not_found' : 'bad_request', status });
  });

  it('wants its own method', async () => {
    const answer = await call(gateway, 'GET', '/api/v1/chat');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect(answer.json).toMatchObject({ error: 'method_not_allowed', status: 405 });
    const other = await call(gateway, 'PATCH', '/api/v1/config');
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, PUT, HEAD, OPTIONS']);
    const options = await call(gateway, 'OPTIONS', '/api/v1/conversations/x');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, DELETE, HEAD, OPTIONS']);
    expect((await call(gateway, 'HEAD', '/health')).status).toBe(200);
  });
});

it('changes nothing', async () => {
  const before = (await call(gateway, 'GET', '/api/v1/conversations')).json.total;
  await chat({ message: 'a', conversationId: 'unborn', model: 'nope' });
  await chat({ message: '', conversationId: 'unborn' });
  expect((await call(gateway, 'GET', '/api/v1/conversations')).json.total).toBe(before);
});
