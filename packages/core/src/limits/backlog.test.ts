import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '../shared/errors.js';
import { Backlog } from './backlog.js';

function setUp(limit: number) {
  const store = { waiting: 0, asked: [] as [string, number][], limit, now: 0 };
  const backlog = new Backlog(
    () => store.limit,
    async (tenant, most) => {
      store.asked.push([tenant, most]);
      return Math.min(store.waiting, most);
    },
    () => store.now,
  );
  return { store, backlog };
}

describe('Backlog', () => {
  it('lets in as many as there is room for, and counts once for all of them', async () => {
    const { store, backlog } = setUp(5);
    store.waiting = 2;
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => backlog.admit('acme')));
    expect(outcomes.map(({ status }) => status)).toEqual([...Array(3).fill('fulfilled'), ...Array(3).fill('rejected')]);
    expect(store.asked).toEqual([['acme', 5]]);
    await expect(backlog.admit('acme')).rejects.toMatchObject({
      retryAfterSeconds: 5,
      details: { waiting: 5, limit: 5 },
    });
    await expect(backlog.admit('acme')).rejects.toBeInstanceOf(Unavailable);
  });

  it('asks again after a second, and has its own not in the count twice', async () => {
    const { store, backlog } = setUp(3);
    for (const settle of [await backlog.admit('acme'), await backlog.admit('acme')]) settle(true);
    store.waiting = 2;
    store.now = 1_001;
    (await backlog.admit('acme'))(true);
    await expect(backlog.admit('acme')).rejects.toThrow('Too many accepted messages');
    store.waiting = 0;
    store.now = 2_002;
    await backlog.admit('acme');
    expect(store.asked).toHaveLength(3);
  });

  it('gives the place of what was not stored to another', async () => {
    const { backlog } = setUp(1);
    const settle = await backlog.admit('acme');
    await expect(backlog.admit('acme')).rejects.toBeInstanceOf(Unavailable);
    settle(false);
    (await backlog.admit('acme'))(true);
    await expect(backlog.admit('acme')).rejects.toBeInstanceOf(Unavailable);
  });

  it('counts what is still being stored, also while it is counted', async () => {
    const { store, backlog } = setUp(2);
    const settle = await backlog.admit('acme');
    store.now = 1_001;
    await backlog.admit('acme');
    await expect(backlog.admit('acme')).rejects.toBeInstanceOf(Unavailable);
    settle(true);
    await expect(backlog.admit('acme')).rejects.toBeInstanceOf(Unavailable);
  });

  it('has a bound for each tenant, and follows its change', async () => {
    const { store, backlog } = setUp(1);
    await backlog.admit('acme');
    await backlog.admit('other');
    store.limit = 2;
    await backlog.admit('acme');
    await expect(backlog.admit('acme')).rejects.toBeInstanceOf(Unavailable);
  });
});
