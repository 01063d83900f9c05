import { afterEach, describe, expect, it } from '@jest/globals';
import { FailedAttempts, RateLimiter, type RateLimits } from '@openclaw/core';
import { InMemoryAttemptStore, InMemoryLimitStore, InMemoryLogger } from '@openclaw/core/testing';
import {
  GUESSING,
  OPERATOR,
  PLENTY,
  SETTINGS,
  TOKENS,
  type TestGateway,
  call,
  parrot,
  startGateway,
} from './gateway.js';

let gateway: TestGateway;
afterEach(() => gateway.close());

function limitedTo(limits: Partial<RateLimits>): RateLimiter {
  return new RateLimiter(() => ({ ...PLENTY, ...limits }), new InMemoryLimitStore(), new InMemoryLogger());
}

const perToken = (maxRequests: number) => ({ perToken: { windowMs: 60_000, maxRequests } });
const as = (token: string) => ({ Authorization: `Bearer ${token}` });

describe('a limit on requests', () => {
  it('is told in headers of every authenticated response', async () => {
    gateway = await startGateway({}, parrot, { limiter: limitedTo(perToken(5)) });
    const now = Date.now() / 1_000;
    const answer = await call(gateway, 'GET', '/api/v1/models');
    expect(answer.headers.get('x-ratelimit-limit')).toBe('5');
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('4');
    const reset = Number(answer.headers.get('x-ratelimit-reset'));
    expect(Number.isInteger(reset) && reset > now + 50 && reset < now + 62).toBe(true);

    const forbidden = await call(gateway, 'GET', '/api/v1/models', undefined, as(TOKENS.send));
    const invalid = await call(gateway, 'POST', '/api/v1/chat', { message: 1 }, as(TOKENS.chat));
    const missing = await call(gateway, 'GET', '/api/v1/conversations/none', undefined, as(TOKENS.read));
    const stream = await call(gateway, 'POST', '/api/v1/chat/stream', { message: 'hi' }, as(TOKENS.chat));
    expect([forbidden, invalid, missing, stream].map(({ status }) => status)).toEqual([403, 400, 404, 200]);
    expect([forbidden, invalid, missing, stream].map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual([
      '4',
      '4',
      '4',
      '3',
    ]);
  });

  it.each([
    ['POST', '/api/v1/chat', { message: 'hi' }, 'rate_limit_exceeded', undefined],
    ['POST', '/api/v1/chat/stream', { message: 'hi' }, 'rate_limit_exceeded', undefined],
    ['POST', '/api/v1/send', { channel: 'slack', chatId: '1', message: 'hi' }, 'rate_limit_exceeded', undefined],
    ['POST', '/api/v1/message', { message: 'hi' }, 'rate_limited', undefined],
    ['GET', '/api/v1/sessions', undefined, 'rate_limited', false],
    ['GET', '/api/v1/conversations', undefined, 'rate_limited', undefined],
  ])('is a 429 of one shape: %s %s %j → %s', async (method, path, body, code, success) => {
    gateway = await startGateway({}, parrot, { limiter: limitedTo(perToken(1)) });
    await call(gateway, 'GET', '/api/v1/models');
    const answer = await call(gateway, method, path, body);
    expect(answer.status).toBe(429);
    const seconds = Number(answer.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(50);
    expect(answer.json).toEqual({
      error: code,
      message: `Rate limit exceeded. Try again in ${seconds} seconds.`,
      status: 429,
      retryAfter: seconds,
      details: { limit: 1, remaining: 0, reset_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) },
      ...(success === false && { success }),
    });
    expect(Object.keys(answer.json).slice(0, 5)).toEqual(['error', 'message', 'status', 'retryAfter', 'details']);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Date.parse(answer.json.details.reset_at) / 1_000).toBeLessThanOrEqual(
      Number(answer.headers.get('x-ratelimit-reset')),
    );
  });

  it('is checked before the body is read and anything is stored', async () => {
    gateway = await startGateway({}, parrot, { limiter: limitedTo(perToken(1)) });
    await call(gateway, 'GET', '/api/v1/models', undefined, as(TOKENS.read));
    await call(gateway, 'POST', '/api/v1/chat', '{"broken', as(TOKENS.chat));
    expect((await call(gateway, 'POST', '/api/v1/chat', '{"broken', as(TOKENS.chat))).status).toBe(429);
  });

  it('counts neither health checks nor calls of nobody', async () => {
    gateway = await startGateway({}, parrot, { limiter: limitedTo(perToken(1)) });
    for (let i = 0; i < 3; i++) {
      expect((await call(gateway, 'GET', '/health')).status).toBe(200);
      const detail = await call(gateway, 'GET', '/health/detail');
      expect([detail.status, detail.headers.get('x-ratelimit-remaining')]).toEqual([200, '1']);
      expect((await call(gateway, 'GET', '/api/v1/models', undefined, as('wrong'))).status).toBe(401);
    }
    expect((await call(gateway, 'GET', '/health')).headers.has('x-ratelimit-limit')).toBe(false);
    expect((await call(gateway, 'GET', '/api/v1/models')).status).toBe(200);
  });

  it('is also the one of all together', async () => {
    const global = { windowMs: 60_000, maxRequests: 3 };
    gateway = await startGateway({}, parrot, { limiter: limitedTo({ global }) });
    for (const token of [TOKENS.chat, TOKENS.read, OPERATOR]) {
      const answer = await call(gateway, 'GET', '/api/v1/message/x/status', undefined, as(token));
      expect([answer.status, answer.headers.get('x-ratelimit-limit')]).toEqual([404, '3']);
    }
    const refused = await call(gateway, 'GET', '/api/v1/models', undefined, as(TOKENS.read));
    expect([refused.status, refused.json.details.limit]).toEqual([429, 3]);
  });
});

describe('guessing', () => {
  const guarded = (maxAttempts: number, replaced = {}) => ({
    attempts: new FailedAttempts(
      () => ({ ...GUESSING, maxAttempts, exemptLoopback: false }),
      new InMemoryAttemptStore(),
      new InMemoryLogger(),
    ),
    ...replaced,
  });

  it('is answered with 429 after too many wrong secrets, while the right one still gets in', async () => {
    gateway = await startGateway({}, parrot, guarded(3));
    for (let i = 0; i < 3; i++) {
      expect((await call(gateway, 'GET', '/api/v1/models', undefined, as(`wrong-${i}`))).status).toBe(401);
      expect((await call(gateway, 'GET', '/api/v1/models')).status).toBe(200);
    }
    const locked = await call(gateway, 'GET', '/api/v1/models', undefined, as('wrong-again'));
    expect([locked.status, locked.headers.get('retry-after')]).toEqual([429, '300']);
    expect(locked.json).toMatchObject({ error: 'rate_limited', retryAfter: 300, details: { limit: 3, remaining: 0 } });
    expect((await call(gateway, 'GET', '/api/v1/models')).status).toBe(200);
    expect((await call(gateway, 'GET', '/api/v1/models', undefined, { Authorization: '' })).status).toBe(401);
    expect((await call(gateway, 'GET', '/health')).status).toBe(200);
  });

  it('is braked behind a proxy on this machine, whose own callers are exempt', async () => {
    const attempts = new FailedAttempts(
      () => ({ ...GUESSING, maxAttempts: 2 }),
      new InMemoryAttemptStore(),
      new InMemoryLogger(),
    );
    gateway = await startGateway({ metricsToken: 'figures' }, parrot, { attempts });
    const guess = async (headers: Record<string, string>, path = '/api/v1/models') =>
      (await call(gateway, 'GET', path, undefined, { ...as('wrong'), ...headers })).status;
    const through = { 'X-Forwarded-For': '192.0.2.1' };
    expect([await guess(through), await guess(through, '/metrics'), await guess(through)]).toEqual([401, 401, 429]);
    expect([await guess({}), await guess({}), await guess({})]).toEqual([401, 401, 401]);
    expect((await call(gateway, 'GET', '/api/v1/models', undefined, through)).status).toBe(200);
  });

  it('is told apart by the address that trusted proxies name', async () => {
    gateway = await startGateway({ trustedProxies: ['127.0.0.0/8'] }, parrot, guarded(1));
    const from = async (address: string) =>
      (await call(gateway, 'GET', '/api/v1/models', undefined, { ...as('wrong'), 'X-Forwarded-For': address })).status;
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([401, 429, 401]);
    gateway.settings.value = SETTINGS;
    expect([await from('192.0.2.3'), await from('192.0.2.4')]).toEqual([401, 429]);
  });
});
