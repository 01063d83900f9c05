import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@openclaw/core';
import { OPERATOR, SETTINGS, TOKENS, type TestGateway, call, startGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  gateway.settings.value = SETTINGS;
});
afterAll(() => gateway.close());

describe('the token', () => {
  it.each<[Record<string, string>]>([
    [{ Authorization: '' }],
    [{ Authorization: 'Bearer wrong' }],
    [{ Authorization: 'Bearer' }],
    [{ Authorization: `Basic ${OPERATOR}` }],
    [{ Authorization: OPERATOR }],
  ])('is wanted: %j', async (headers) => {
    const answer = await call(gateway, 'POST', '/api/v1/chat', '{"broken', headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.text).toBe(
      '{"error":"unauthorized","message":"Missing or invalid authentication token","status":401,"details":{}}',
    );
  });

  it.each(['bearer', 'BEARER', 'Bearer '])('may be announced as %s', async (scheme) => {
    const answer = await call(gateway, 'GET', '/api/v1/models', undefined, { Authorization: `${scheme} ${OPERATOR}` });
    expect(answer.status).toBe(200);
  });

  it.each<[string, string, keyof typeof TOKENS, string]>([
    ['POST', '/api/v1/chat', 'read', 'chat'],
    ['POST', '/api/v1/message', 'send', 'chat'],
    ['POST', '/api/v1/sessions', 'read', 'chat'],
    ['DELETE', '/api/v1/conversations/x', 'read', 'chat'],
    ['DELETE', '/api/v1/sessions/x', 'read', 'chat'],
    ['POST', '/api/v1/send', 'chat', 'send'],
    ['GET', '/api/v1/conversations', 'chat', 'read'],
    ['GET', '/api/v1/sessions', 'chat', 'read'],
    ['GET', '/api/v1/models', 'send', 'read'],
    ['GET', '/api/v1/status', 'chat', 'read'],
    ['GET', '/health/detail', 'chat', 'read'],
    ['GET', '/api/v1/config', 'read', 'admin'],
    ['GET', '/api/v1/config/gateway', 'read', 'admin'],
    ['PUT', '/api/v1/config', 'chat', 'admin'],
    ['GET', '/api/v1/logs', 'read', 'admin'],
    ['GET', '/api/v1/message/x/status', 'send', 'chat'],
  ])('%s %s with %s names the missing scope %s', async (method, path, token, scope) => {
    const answer = await call(gateway, method, path, undefined, { Authorization: `Bearer ${TOKENS[token]}` });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ error: 'forbidden', message: expect.stringContaining(`"${scope}"`) });
  });

  it.each(['chat', 'read'] as const)('with %s may ask for a turn', async (token) => {
    const headers = { Authorization: `Bearer ${TOKENS[token]}` };
    expect((await call(gateway, 'GET', '/api/v1/message/x/status', undefined, headers)).status).toBe(404);
  });
});

it('is not asked for where there is nothing to protect', async () => {
  const nobody = { Authorization: '' };
  expect((await call(gateway, 'GET', '/api/v1/nothing', undefined, nobody)).status).toBe(404);
  const wrongMethod = await call(gateway, 'PATCH', '/api/v1/sessions', undefined, nobody);
  expect([wrongMethod.status, wrongMethod.json.success]).toEqual([405, false]);
});

it('tells who is known where they stand on answers that anybody gets', async () => {
  for (const [method, path, status] of [
    ['GET', '/api/v1/nothing', 404],
    ['PATCH', '/api/v1/sessions', 405],
    ['GET', '/v1/nothing', 404],
  ] as const) {
    const known = await call(gateway, method, path);
    expect([known.status, known.headers.get('x-ratelimit-limit')]).toEqual([status, expect.stringMatching(/^\d+$/)]);
    for (const Authorization of ['', 'Bearer wrong']) {
      const unknown = await call(gateway, method, path, undefined, { Authorization });
      expect([unknown.status, unknown.headers.get('x-ratelimit-limit')]).toEqual([status, null]);
    }
  }
});

describe('the request id', () => {
  it.each([
    ['abc-1.2:3_4', true],
    ['x'.repeat(129), false],
    ['has space', false],
    ['', false],
  ])('%j is kept: %s', async (id, kept) => {
    const answer = await call(gateway, 'GET', '/nowhere', undefined, { 'X-Request-Id': id });
    const got = answer.headers.get('x-request-id');
    if (kept) expect(got).toBe(id);
    else expect(got).toMatch(/^req_/);
  });
});

describe('what goes wrong inside', () => {
  it('is a 500 that tells nothing but the request id', async () => {
    const { read } = gateway.deps.status;
    gateway.deps.status.read = async () => {
      throw new Error('password=hunter2');
    };
    const answer = await call(gateway, 'GET', '/api/v1/status', undefined, { 'X-Request-Id': 'r1' });
    gateway.deps.status.read = read;
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({
      error: 'internal_error',
      message: 'Internal error',
      status: 500,
      details: { request_id: 'r1' },
    });
    expect(gateway.logger.entries).toContainEqual(
      expect.objectContaining({ message: 'request failed', request_id: 'r1' }),
    );
  });

  it('is a 503 with Retry-After when it will pass', async () => {
    const { read } = gateway.deps.status;
    gateway.deps.status.read = async () => {
      throw new Unavailable('The database is away', { retryAfterSeconds: 3 });
    };
    const answer = await call(gateway, 'GET', '/api/v1/status');
    gateway.deps.status.read = read;
    expect([answer.status, answer.headers.get('retry-after'), answer.json.error]).toEqual([
      503,
      '3',
      'service_unavailable',
    ]);
  });
});

describe('browsers', () => {
  const cors = (origins: string[]) => {
    gateway.settings.value = { ...SETTINGS, cors: { enabled: true, origins, methods: ['GET', 'POST'] } };
  };
  const preflight = (origin: string) =>
    fetch(`${gateway.url}/api/v1/chat`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      },
    });

  it('of a listed origin are let in, before any token is asked for', async () => {
    cors(['https://your-app.com']);
    const answer = await preflight('https://your-app.com');
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://your-app.com');
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/Authorization, Content-Type, Accept/);
    expect(answer.headers.get('vary')).toBe('Origin');
    const call401 = await call(gateway, 'GET', '/api/v1/models', undefined, {
      Origin: 'https://your-app.com',
      Authorization: '',
    });
    expect(call401.status).toBe(401);
    expect(call401.headers.get('access-control-allow-origin')).toBe('https://your-app.com');
    expect(call401.headers.get('access-control-expose-headers')).toContain('X-OpenClaw-Ignored');
  });

  it('of another are not', async () => {
    cors(['https://your-app.com']);
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    expect((await preflight('null')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('of any are, where the list says *', async () => {
    cors(['*']);
    expect((await preflight('null')).headers.get('access-control-allow-origin')).toBe('*');
  });

  it('get no CORS headers while it is off', async () => {
    expect((await preflight('https://your-app.com')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

it('believes X-Forwarded-For from trusted proxies only', async () => {
  const addressFor = async (trustedProxies: string[], forwarded: string) => {
    gateway.settings.value = { ...SETTINGS, trustedProxies };
    const id = `fwd-${trustedProxies.length}`;
    await call(gateway, 'GET', '/health', undefined, { 'X-Forwarded-For': forwarded, 'X-Request-Id': id });
    await call(gateway, 'GET', '/health');
    return gateway.logger.entries.find((entry) => entry.request_id === id)?.address;
  };
  expect(await addressFor([], '9.9.9.9')).toBe('127.0.0.1');
  expect(await addressFor(['127.0.0.0/8'], '6.6.6.6, 9.9.9.9')).toBe('9.9.9.9');
});

it('to the REST API is for nobody while it is off, and the other doors stay open', async () => {
  const gateway = await startGateway({ restEnabled: false });
  for (const [method, path] of [
    ['POST', '/api/v1/chat'],
    ['GET', '/api/v1/config'],
    ['PATCH', '/api/v1/models'],
    ['GET', '/api/v1/nothing'],
  ] as const) {
    const answer = await call(gateway, method, path, method === 'POST' ? { message: 'hi' } : undefined);
    expect([answer.status, answer.json]).toEqual([
      404,
      expect.objectContaining({ error: 'not_found', message: expect.stringContaining('api.enabled') }),
    ]);
    expect(answer.headers.has('x-ratelimit-limit')).toBe(true);
  }
  for (const path of ['/api/v1/health', '/health', '/v1/models', '/openapi.json'])
    expect((await call(gateway, 'GET', path)).status).toBe(200);
  await gateway.close();
});
