import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SETTINGS, type TestGateway, call, raw, startGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  gateway.settings.value = SETTINGS;
});
afterAll(() => gateway.close());

describe('api.security.allowedIPs', () => {
  const status = async (path: string, forwarded?: string, headers: Record<string, string> = {}) =>
    (await call(gateway, 'GET', path, undefined, { ...(forwarded && { 'X-Forwarded-For': forwarded }), ...headers }))
      .status;
  const allow = (allowedIPs: string[], trustedProxies: string[] = []) => {
    gateway.settings.value = { ...SETTINGS, allowedIPs, trustedProxies };
  };

  it('turns others away before it asks who they are', async () => {
    allow(['192.0.2.0/24']);
    const answer = await call(gateway, 'GET', '/api/v1/models', undefined, { Authorization: 'Bearer wrong' });
    expect(answer.status).toBe(403);
    expect(answer.json).toEqual({
      error: 'forbidden',
      message: 'Calls from your address are not allowed',
      status: 403,
      details: { address: '127.0.0.1' },
    });
    expect(await status('/api/v1/nothing')).toBe(403);
  });

  it.each([
    [['127.0.0.1'], 200],
    [['127.0.0.0/8'], 200],
    [['::ffff:127.0.0.0/104'], 200],
    [['10.0.0.0/8', '::1/128'], 403],
  ])('%j lets a caller from 127.0.0.1 in: %s', async (list, expected) => {
    allow(list);
    expect(await status('/api/v1/models')).toBe(expected);
  });

  it.each([
    ['localhost:18789', 200],
    ['LOCALHOST', 200],
    ['app.localhost:1', 200],
    ['127.0.0.1:18789', 200],
    ['[::1]:18789', 200],
    ['rebound.example:18789', 403],
    ['localhost.rebound.example', 403],
    ['192.0.2.1', 403],
    ['[2001:db8::1]:18789', 403],
  ])('with authentication off, a call to %s gets %i', async (host, expected) => {
    gateway.settings.value = { ...SETTINGS, ownNameOnly: true };
    const answer = await raw(gateway, `GET /api/v1/models HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${expected === 200 ? '(200|401)' : '403'}`));
    gateway.settings.value = SETTINGS;
    const asUsual = await raw(gateway, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(asUsual).toMatch(/^HTTP\/1.1 200/);
  });

  it('believes X-Forwarded-For from trusted proxies only', async () => {
    allow(['192.0.2.0/24', '2001:db8::/32']);
    expect(await status('/api/v1/models', '192.0.2.1')).toBe(403);
    allow(['192.0.2.0/24', '2001:db8::/32'], ['127.0.0.1']);
    expect(await status('/api/v1/models', '192.0.2.1')).toBe(200);
    expect(await status('/api/v1/models', '::ffff:c000:201')).toBe(200);
    expect(await status('/api/v1/models', '[2001:db8::9]:443')).toBe(200);
    expect(await status('/api/v1/models', '192.0.2.1, 198.51.100.7')).toBe(403);
    expect(await status('/api/v1/models', '198.51.100.7')).toBe(403);
    expect(await status('/api/v1/models')).toBe(403);
  });

  it('answers health checks of this machine, and of no other', async () => {
    allow(['192.0.2.0/24'], ['127.0.0.1']);
    expect(await status('/health')).toBe(200);
    expect(await status('/api/v1/health')).toBe(200);
    expect(await status('/health/detail')).toBe(403);
    expect(await status('/health', '198.51.100.7')).toBe(403);
  });

  it('holds for preflights too', async () => {
    gateway.settings.value = {
      ...SETTINGS,
      allowedIPs: ['192.0.2.0/24'],
      cors: { enabled: true, origins: ['*'], methods: ['GET'] },
    };
    const preflight = await fetch(`${gateway.url}/api/v1/chat`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.status).toBe(403);
  });
});

describe('what browsers are told', () => {
  it.each(['/api/v1/models', '/health', '/api/v1/nothing', '/v1/models'])('%s is data', async (path) => {
    const { headers } = await call(gateway, 'GET', path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers.has('x-powered-by')).toBe(false);
  });

  it.each(['/docs', '/docs/start.js', '/'])('%s may use what the gateway serves, and nothing else', async (path) => {
    const policy = (await call(gateway, 'GET', path)).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).toMatch(/connect-src 'self'(;|$)/);
  });

  it('a preflight is told what official clients may send, and nothing that nobody knows', async () => {
    gateway.settings.value = {
      ...SETTINGS,
      cors: { enabled: true, origins: ['https://app.example'], methods: ['POST'] },
    };
    const { headers } = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization, content-type, x-stainless-lang, x-evil',
      },
    });
    const accepted = headers.get('access-control-allow-headers') ?? '';
    expect(accepted).toContain('Idempotency-Key');
    expect(accepted).toContain('Last-Event-ID');
    expect(accepted).toContain('x-stainless-lang');
    expect(accepted).not.toContain('x-evil');
  });
});

describe('an address that is too long', () => {
  it.each([
    ['a path', `/api/v1/${'x'.repeat(8_200)}`],
    ['a query', `/api/v1/models?q=${'x'.repeat(8_200)}`],
    ['one that no header could hold', `/${'x'.repeat(20_000)}`],
  ])('%s is a 414', async (_name, path) => {
    const answer = await raw(gateway, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 414 URI Too Long\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      error: 'payload_too_large',
      status: 414,
    });
  });

  it('is not mistaken for headers that are', async () => {
    const answer = await raw(gateway, `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    const longest = await call(gateway, 'GET', `/api/v1/models?q=${'x'.repeat(8_000)}`);
    expect(longest.status).toBe(200);
  });
});

describe('members that reach for a prototype', () => {
  const POISONS = [
    '{"message":"hi","__proto__":{"polluted":true}}',
    '{"message":"hi","constructor":{"prototype":{"polluted":true}}}',
    '{"message":"hi","metadata":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}',
    '{"text":"hi","__proto__":{"polluted":true}}',
    '{"gateway":{"__proto__":{"polluted":true}}}',
    '{"__proto__":{"polluted":true},"label":"x"}',
    '{"__proto__":{"message":"from the prototype"}}',
  ];
  const PLACES: [string, string][] = [
    ['POST', '/api/v1/chat'],
    ['POST', '/api/v1/message'],
    ['POST', '/api/v1/sessions'],
    ['POST', '/v1/chat/completions'],
    ['PUT', '/api/v1/config'],
  ];

  it.each(PLACES)('change nothing: %s %s', async (method, path) => {
    for (const poison of POISONS) {
      const answer = await call(gateway, method, path, poison);
      expect(answer.status).toBeLessThan(500);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
      expect(Reflect.get([], 'polluted')).toBeUndefined();
    }
  });

  it('are no members of the object they are in', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/chat', '{"__proto__":{"message":"from the prototype"}}');
    expect([answer.status, answer.json.details.errors[0].field]).toEqual([400, 'message']);
  });

  it('change nothing in a query either', async () => {
    const query = '__proto__[polluted]=true&constructor[prototype][polluted]=true&__proto__=x';
    expect((await call(gateway, 'GET', `/api/v1/conversations?${query}`)).status).toBe(200);
    expect((await call(gateway, 'GET', '/api/v1/config/__proto__')).status).toBeLessThan(500);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
