import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Declare } from '../shared/contract-suite.js';
import type { AttemptStore } from './attempt-store.js';

const LIMIT = { maxAttempts: 3, windowMs: 60_000, lockoutMs: 300_000 };

/** What every `AttemptStore` keeps to. `one` and `two` are two replicas' views of the same counts, in which nothing was counted yet. */
export function attemptStoreContract(it: Declare, make: () => Promise<{ one: AttemptStore; two: AttemptStore }>): void {
  it('locks an address out for all replicas, once it has failed too often', async () => {
    const { one, two } = await make();
    for (const store of [one, two, one]) assert.equal(await store.count('192.0.2.1', LIMIT), 0);
    const locked = await two.count('192.0.2.1', LIMIT);
    assert.ok(locked > 290_000 && locked <= 300_000, `locked for ${locked} ms`);
    const still = await one.count('192.0.2.1', LIMIT);
    assert.ok(still > 290_000 && still <= locked + 1_000, `still locked for ${still} ms`);
  });

  it('counts each address for itself', async () => {
    const { one } = await make();
    for (let i = 0; i < 4; i++) await one.count('192.0.2.1', LIMIT);
    assert.equal(await one.count('192.0.2.2', LIMIT), 0);
    assert.equal(await one.count('2001:db8::/64', LIMIT), 0);
  });

  it('counts every one of many at the same time', async () => {
    const { one, two } = await make();
    const counts = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).count('192.0.2.1', LIMIT)),
    );
    assert.equal(counts.filter((lockedMs) => lockedMs === 0).length, 3);
  });

  it('forgets an address when its window, or its lockout, is over', async () => {
    const { one } = await make();
    const brief = { maxAttempts: 1, windowMs: 1_000, lockoutMs: 1_000 };
    assert.equal(await one.count('192.0.2.1', brief), 0);
    const lockedMs = await one.count('192.0.2.1', brief);
    assert.ok(lockedMs > 0 && lockedMs <= 1_000);
    await sleep(lockedMs + 5);
    assert.equal(await one.count('192.0.2.1', brief), 0);
  });
}
