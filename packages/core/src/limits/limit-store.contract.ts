import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Declare } from '../shared/contract-suite.js';
import type { Ask, LimitStore } from './limit-store.js';

/** What every `LimitStore` keeps to. `one` and `two` are two replicas' views of the same counts, in which nothing was counted yet. */
export function limitStoreContract(it: Declare, make: () => Promise<{ one: LimitStore; two: LimitStore }>): void {
  const plenty = ask('~all', 0, { limit: 1_000_000 });
  const take = async (store: LimitStore, wanted: Ask) => {
    const [grant] = await store.take([wanted, plenty]);
    assert.ok(grant);
    return grant;
  };

  it('gives points until the limit is reached, to all replicas together, and never one more', async () => {
    const { one, two } = await make();
    const first = await take(one, ask('t', 4));
    assert.deepEqual([first.granted, first.used], [4, 4]);
    assert.ok(first.leftMs > 50_000 && first.leftMs <= 60_000);
    const second = await take(two, ask('t', 4));
    assert.deepEqual([second.granted, second.used, second.window], [4, 8, first.window]);
    assert.equal((await take(one, ask('t', 4))).granted, 2);
    const last = await take(two, ask('t', 4));
    assert.deepEqual([last.granted, last.used, last.settlingMs], [0, 10, 0]);
  });

  it('gives each point once, however many ask at the same time', async () => {
    const { one, two } = await make();
    const asks = Array.from({ length: 60 }, (_, index) => take(index % 2 ? one : two, ask('t', 3, { limit: 100 })));
    const granted = (await Promise.all(asks)).reduce((sum, grant) => sum + grant.granted, 0);
    assert.equal(granted, 100);
  });

  it('takes of the shared limit only what the others were given', async () => {
    const { one } = await make();
    const shared = (needed: number) => ask('~all', needed, { limit: 50 });
    const first = await one.take([ask('a', 8), ask('b', 20), shared(0)]);
    assert.deepEqual(
      first.map(({ granted }) => granted),
      [8, 10, 18],
    );
    // Three of the calls are covered by points that were held already; five points of the shared limit were held, too.
    const second = await one.take([ask('a', 1), shared(3 - 5)]);
    assert.deepEqual(
      second.map(({ granted }) => granted),
      [1, 0],
    );
    const [refused, untouched] = await one.take([ask('b', 20), shared(-1)]);
    assert.deepEqual([refused?.granted, untouched?.granted, untouched?.used], [0, 0, 18]);
  });

  it('gives points ahead in the first half of a window only', async () => {
    const { one } = await make();
    assert.equal((await take(one, ask('t', 1, { ahead: 3, limit: 20 }))).granted, 4);
    assert.equal((await take(one, ask('t', 1, { ahead: 30, limit: 20 }))).granted, 6);
    assert.equal((await take(one, ask('t', 2, { ahead: 3, limit: 20 }))).granted, 2);
  });

  it('says when points that are missing may come back, and gives them once they are back', async () => {
    const { one, two } = await make();
    const lent = await take(one, ask('t', 1, { ahead: 4 }));
    assert.equal(lent.granted, 5);
    const short = await take(two, ask('t', 9));
    assert.equal(short.granted, 5);
    assert.ok(short.settlingMs > 0 && short.settlingMs <= 300, `settles in ${short.settlingMs} ms`);
    await one.giveBack([{ key: 't', window: lent.window, points: 4 }]);
    assert.equal((await take(two, ask('t', 4))).granted, 4);
    for (;;) {
      const { granted, settlingMs } = await take(two, ask('t', 1));
      assert.equal(granted, 0);
      if (settlingMs === 0) break;
      await sleep(settlingMs);
    }
  });

  it('passes over what is given back too late, or of a key that nobody knows', async () => {
    const { one } = await make();
    const { window } = await take(one, ask('t', 2));
    await one.giveBack([
      { key: 't', window: window - 1, points: 2 },
      { key: 'unknown', window, points: 2 },
    ]);
    assert.equal((await take(one, ask('t', 1))).used, 3);
  });

  it('begins a new window with the first point after the last one', async () => {
    const { one } = await make();
    const first = await take(one, ask('t', 10, { windowMs: 150 }));
    assert.equal(first.granted, 10);
    for (;;) {
      const { granted, leftMs, window } = await take(one, ask('t', 1, { windowMs: 150 }));
      if (granted === 0) {
        assert.equal(window, first.window);
        await sleep(leftMs);
        continue;
      }
      assert.notEqual(window, first.window);
      break;
    }
  });

  it('follows a limit and a window that are changed', async () => {
    const { one } = await make();
    await take(one, ask('t', 10));
    assert.equal((await take(one, ask('t', 5, { limit: 12 }))).granted, 2);
    assert.equal((await take(one, ask('t', 5, { limit: 3 }))).granted, 0);
    assert.ok((await take(one, ask('t', 0, { windowMs: 1_000 }))).leftMs <= 1_000);
  });
}

function ask(key: string, needed: number, { ahead = 0, limit = 10, windowMs = 60_000 } = {}): Ask {
  return { key, needed, ahead, limit, windowMs };
}
