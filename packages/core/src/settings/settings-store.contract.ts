import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import { Conflict } from '../shared/errors.js';
import type { SettingsStore } from './settings-store.js';

/** What every `SettingsStore` keeps to. `make` gives a store in which nothing was ever saved. */
export function settingsStoreContract(it: Declare, make: () => Promise<SettingsStore>): void {
  it('starts empty, with version 0', async () => {
    const store = await make();
    assert.deepEqual(await store.load(), { version: 0, values: {} });
  });

  it('gives back what was saved, under a new version each time', async () => {
    const store = await make();
    const values = {
      gateway: { auth: { token: 'enc:v1:AAAA' } },
      list: [1, 'zwei', { 'dotted.name': '한국어' }],
      off: false,
    };
    const first = await store.save(0, values);
    assert.deepEqual(await store.load(), { version: first, values });
    const second = await store.save(first, {});
    assert.ok(second > first);
    assert.deepEqual(await store.load(), { version: second, values: {} });
  });

  it('refuses a save on an outdated version and keeps what there is', async () => {
    const store = await make();
    const version = await store.save(0, { a: 1 });
    await assert.rejects(store.save(0, { a: 2 }), Conflict);
    await assert.rejects(store.save(version + 1, { a: 2 }), Conflict);
    assert.deepEqual(await store.load(), { version, values: { a: 1 } });
  });

  it('lets exactly one of several simultaneous saves through', async () => {
    const store = await make();
    const version = await store.save(0, {});
    const saves = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => store.save(version, { n })));
    const won = saves.flatMap((save, index) => (save.status === 'fulfilled' ? [index + 1] : []));
    assert.equal(won.length, 1);
    assert.deepEqual((await store.load()).values, { n: won[0] });
  });

  it('keeps its own copy of what it was given and gives', async () => {
    const store = await make();
    const values = { nested: { list: [1] } };
    await store.save(0, values);
    values.nested.list.push(2);
    assert.deepEqual((await store.load()).values, { nested: { list: [1] } });
  });
}
