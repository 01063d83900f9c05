import { describe, expect, it } from '@jest/globals';
import { Conflict } from '../shared/errors.js';
import type { SettingsStore } from './settings-store.js';

/** What every `SettingsStore` keeps to. `make` gives a store in which nothing was ever saved. */
export function settingsStoreContract(name: string, make: () => Promise<SettingsStore>): void {
  describe(`SettingsStore: ${name}`, () => {
    it('starts empty, with version 0', async () => {
      const store = await make();
      expect(await store.load()).toEqual({ version: 0, values: {} });
    });

    it('gives back what was saved, under a new version each time', async () => {
      const store = await make();
      const values = {
        gateway: { auth: { token: 'enc:v1:AAAA' } },
        list: [1, 'zwei', { 'dotted.name': '한국어' }],
        off: false,
      };
      const first = await store.save(0, values);
      expect(await store.load()).toEqual({ version: first, values });
      const second = await store.save(first, {});
      expect(second).toBeGreaterThan(first);
      expect(await store.load()).toEqual({ version: second, values: {} });
    });

    it('refuses a save on an outdated version and keeps what there is', async () => {
      const store = await make();
      const version = await store.save(0, { a: 1 });
      await expect(store.save(0, { a: 2 })).rejects.toBeInstanceOf(Conflict);
      await expect(store.save(version + 1, { a: 2 })).rejects.toBeInstanceOf(Conflict);
      expect(await store.load()).toEqual({ version, values: { a: 1 } });
    });

    it('lets exactly one of several simultaneous saves through', async () => {
      const store = await make();
      const version = await store.save(0, {});
      const saves = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => store.save(version, { n })));
      const won = saves.flatMap((save, index) => (save.status === 'fulfilled' ? [index + 1] : []));
      expect(won).toHaveLength(1);
      expect((await store.load()).values).toEqual({ n: won[0] });
    });

    it('keeps its own copy of what it was given and gives', async () => {
      const store = await make();
      const values = { nested: { list: [1] } };
      await store.save(0, values);
      values.nested.list.push(2);
      const loaded = await store.load();
      expect(loaded.values).toEqual({ nested: { list: [1] } });
    });
  });
}
