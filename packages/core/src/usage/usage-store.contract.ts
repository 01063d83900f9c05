import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import type { UsageRecord, UsageStore } from './usage-store.js';

const AT = new Date('2026-11-20T10:00:00Z');
const LATER = new Date('2026-11-20T11:00:00Z');
const END = new Date('2026-11-20T12:00:00Z');

function record(more: Partial<UsageRecord> = {}): UsageRecord {
  const counts = { calls: 1, inputTokens: 10, outputTokens: 5 };
  return { tenant: 'a', token: 'app', agentId: 'main', model: 'm', hour: AT, ...counts, ...more };
}

/** `make` gives an empty store to each test. */
export function usageStoreContract(it: Declare, make: () => Promise<UsageStore>): void {
  it('adds up what is of the same hour, token, agent and model', async () => {
    const store = await make();
    await store.add([record(), record({ model: 'n' })]);
    await store.add([record({ calls: 2, inputTokens: 3_000_000_000, outputTokens: 1 })]);
    const listed = await store.list('a', AT, END);
    assert.deepEqual(
      listed.sort((a, b) => a.model.localeCompare(b.model)),
      [record({ calls: 3, inputTokens: 3_000_000_010, outputTokens: 6 }), record({ model: 'n' })],
    );
  });

  it('keeps tenants, tokens, agents and hours apart', async () => {
    const store = await make();
    await store.add([record(), record({ tenant: 'b' }), record({ token: 'other' }), record({ hour: LATER })]);
    await store.add([record({ agentId: 'helper' })]);
    assert.deepEqual(await store.list('b', AT, END), [record({ tenant: 'b' })]);
    assert.deepEqual(await store.list('a', LATER, END), [record({ hour: LATER })]);
    assert.equal((await store.list('a', AT, LATER)).length, 3);
    assert.deepEqual(
      (await store.list('a', AT, END)).map(({ hour }) => hour.getTime()),
      [AT, AT, AT, LATER].map((hour) => hour.getTime()),
    );
  });

  it('loses nothing when many add at once', async () => {
    const store = await make();
    const models = ['m', 'n', 'o'].map((model) => record({ model }));
    await Promise.all(Array.from({ length: 20 }, (_, no) => store.add(no % 2 ? models : models.toReversed())));
    assert.deepEqual(
      (await store.list('a', AT, END)).map(({ calls }) => calls),
      [20, 20, 20],
    );
  });

  it('takes nothing for nothing', async () => {
    const store = await make();
    await store.add([]);
    assert.deepEqual(await store.list('a', AT, END), []);
  });
}
