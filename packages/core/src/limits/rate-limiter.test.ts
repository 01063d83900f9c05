import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RateLimited, Unavailable } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import type { Principal } from '../tokens/principal.js';
import { InMemoryLimitStore } from './in-memory-limit-store.js';
import type { Ask, Grant } from './limit-store.js';
import { RateLimiter } from './rate-limiter.js';
import type { RateState } from './reservoir.js';

/** Answers a little later, as a database does, and knows how often it was asked. */
class CountingStore extends InMemoryLimitStore {
  asked = 0;
  away = false;

  override async take(asks: readonly Ask[]): Promise<Grant[]> {
    this.asked++;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.away) throw new Unavailable('The database is away');
    return super.take(asks);
  }
}

const limiters: RateLimiter[] = [];
afterEach(() => Promise.all(limiters.splice(0).map((limiter) => limiter.close())));

function limiter(store: InMemoryLimitStore, limits: { global?: number; perToken?: number } = {}, windowMs = 60_000) {
  const { global = 1_000_000, perToken = 1_000_000 } = limits;
  const settings = { global: { windowMs, maxRequests: global }, perToken: { windowMs, maxRequests: perToken } };
  const made = new RateLimiter(() => settings, store, new InMemoryLogger());
  limiters.push(made);
  return { limiter: made, settings };
}

function token(name: string, rateLimit?: number): Principal {
  return {
    name,
    kind: 'config-token',
    tenant: 'default',
    scopes: ['chat'],
    ...(rateLimit !== undefined && { rateLimit }),
  };
}

async function outcome(limiter: RateLimiter, principal: Principal): Promise<RateState | RateLimited> {
  try {
    return await limiter.take(principal);
  } catch (error) {
    if (error instanceof RateLimited) return error;
    throw error;
  }
}

async function passed(calls: Promise<RateState | RateLimited>[]): Promise<number> {
  return (await Promise.all(calls)).filter((result) => !(result instanceof RateLimited)).length;
}

describe('RateLimiter', () => {
  it.each([
    ['the limit per token', { perToken: 60 }, [token('a')]],
    ['the global limit, of many tokens', { global: 60 }, ['a', 'b', 'c', 'd', 'e'].map((name) => token(name))],
    ["a token's own limit", { perToken: 5 }, [token('a', 60)]],
  ])('lets exactly as many pass as %s says, of 200 at once on two replicas', async (_name, limits, callers) => {
    const store = new CountingStore();
    const replicas = [limiter(store, limits).limiter, limiter(store, limits).limiter] as const;
    const calls = Array.from({ length: 200 }, (_, index) =>
      outcome(replicas[index % 2 ? 0 : 1], callers[index % callers.length] ?? token('a')),
    );
    expect(await passed(calls)).toBe(60);
    expect(store.asked).toBeLessThan(20);
  });

  it('lets exactly as many pass when the calls come one after another, now here, now there, in bursts', async () => {
    const store = new CountingStore();
    const limits = { perToken: 500 };
    const replicas = [limiter(store, limits).limiter, limiter(store, limits).limiter] as const;
    let through = 0;
    for (let i = 0; i < 120; i++) {
      const burst = Array.from({ length: 1 + (i % 9) }, () => outcome(replicas[i % 3 ? 0 : 1], token('a')));
      through += await passed(burst);
    }
    expect(through).toBe(500);
  });

  it('lets others pass while a limit that one token reached is settled', async () => {
    const store = new CountingStore();
    const [one, two] = [limiter(store, { perToken: 20 }).limiter, limiter(store, { perToken: 20 }).limiter];
    // `one` comes to hold points ahead, which only it can give back.
    for (let i = 0; i < 5; i++) await one.take(token('greedy'));
    const greedy = Array.from({ length: 30 }, () => outcome(two, token('greedy')));
    const order: string[] = [];
    const all = Promise.all(greedy).then((results) => {
      order.push('greedy');
      return results;
    });
    await two.take(token('modest'));
    order.push('modest');
    expect((await all).filter((result) => !(result instanceof RateLimited))).toHaveLength(15);
    expect(order).toEqual(['modest', 'greedy']);
  });

  it('asks nobody about a caller who is over the limit', async () => {
    const store = new CountingStore();
    const { limiter: one, settings } = limiter(store, { perToken: 2 });
    await passed([outcome(one, token('a')), outcome(one, token('a')), outcome(one, token('a'))]);
    const { asked } = store;
    for (let i = 0; i < 100; i++) expect(() => one.take(token('a'))).toThrow(RateLimited);
    expect(store.asked).toBe(asked);
    settings.perToken = { windowMs: 60_000, maxRequests: 3 };
    expect(await one.take(token('a'))).toMatchObject({ limit: 3, remaining: 0 });
  });

  it('asks seldom while the limit is far off', async () => {
    const store = new CountingStore();
    const { limiter: one } = limiter(store);
    for (let i = 0; i < 10_000; i++) await one.take(token('a'));
    expect(store.asked).toBeLessThan(200);
  });

  it('has a point at hand for each of many calls that come one after another', async () => {
    jest.useFakeTimers();
    try {
      const store = new CountingStore();
      const { limiter: one } = limiter(store);
      let waited = 0;
      for (let i = 0; i < 40; i++) {
        const taken = one.take(token('a'));
        if (taken instanceof Promise) waited++;
        await jest.advanceTimersByTimeAsync(40);
        await taken;
      }
      expect(waited).toBeLessThan(5);
      expect(store.asked).toBeLessThan(50);
      await jest.advanceTimersByTimeAsync(1_000);
      const { asked } = store;
      await jest.advanceTimersByTimeAsync(10_000);
      expect(store.asked).toBe(asked);
    } finally {
      jest.useRealTimers();
    }
  });

  it('asks for nothing ahead any more once that was refused', async () => {
    jest.useFakeTimers();
    try {
      const store = new CountingStore();
      const { limiter: one } = limiter(store, { perToken: 40 });
      let through = 0;
      for (let i = 0; i < 60; i++) {
        const taken = outcome(one, token('a'));
        await jest.advanceTimersByTimeAsync(20);
        if (!((await taken) instanceof RateLimited)) through++;
      }
      expect(through).toBe(40);
      expect(store.asked).toBeLessThan(45);
    } finally {
      jest.useRealTimers();
    }
  });

  it('takes nothing of the shared limit for a call that its own limit refuses', async () => {
    const store = new CountingStore();
    const { limiter: one } = limiter(store, { perToken: 10, global: 30 });
    expect(await passed(Array.from({ length: 100 }, () => outcome(one, token('a'))))).toBe(10);
    expect(await passed(Array.from({ length: 100 }, () => outcome(one, token('b'))))).toBe(10);
    expect(await passed(Array.from({ length: 100 }, () => outcome(one, token('c'))))).toBe(10);
    expect(await outcome(one, token('d'))).toMatchObject({ limit: 30 });
  });

  it('tells the tighter limit, how many calls are left and when the window ends', async () => {
    const { limiter: one } = limiter(new CountingStore(), { perToken: 10, global: 3 });
    expect(one.peek(token('a'))).toMatchObject({ limit: 3, remaining: 3 });
    expect(await one.take(token('a'))).toMatchObject({ limit: 3, remaining: 2 });
    expect(await one.take(token('b', 2))).toMatchObject({ limit: 2, remaining: 1 });
    const state = await one.take(token('b', 2));
    expect(state).toMatchObject({ limit: 2, remaining: 0 });
    expect(state.resetAt - Date.now()).toBeGreaterThan(50_000);
    expect(one.peek(token('a'))).toMatchObject({ limit: 3, remaining: 0 });
    const refused = await outcome(one, token('a'));
    expect(refused).toMatchObject({
      code: 'rate_limited',
      message: expect.stringMatching(/^Rate limit exceeded\. Try again in \d\d seconds\.$/),
      details: { limit: 3, remaining: 0, reset_at: expect.stringMatching(/Z$/) },
    });
  });

  it('counts on alone while the store is away, and together again when it is back', async () => {
    const store = new CountingStore();
    const { limiter: one } = limiter(store, { perToken: 10 });
    for (let i = 0; i < 7; i++) await one.take(token('a'));
    store.away = true;
    expect(await passed(Array.from({ length: 50 }, () => outcome(one, token('a'))))).toBe(3);
    expect(await passed(Array.from({ length: 50 }, () => outcome(one, token('new'))))).toBe(10);
    const { asked } = store;
    await passed([outcome(one, token('other'))]);
    expect(store.asked).toBe(asked);
  });

  it('gives back what it took ahead', async () => {
    const store = new CountingStore();
    const { limiter: one } = limiter(store, { perToken: 100 });
    for (let i = 0; i < 20; i++) await one.take(token('a'));
    await one.close();
    const [grant] = await store.take([
      { key: 'config-token:a', needed: 0, ahead: 0, limit: 100, windowMs: 60_000 },
      { key: '~all', needed: 0, ahead: 0, limit: 100, windowMs: 60_000 },
    ]);
    expect(grant?.used).toBe(20);
  });

  it('lets calls pass again when the window is over', async () => {
    const { limiter: one } = limiter(new CountingStore(), { perToken: 2 }, 200);
    let through = 0;
    const deadline = Date.now() + 30_000;
    while (through < 6 && Date.now() < deadline) {
      through += await passed([outcome(one, token('a'))]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(through).toBe(6);
  });
});
