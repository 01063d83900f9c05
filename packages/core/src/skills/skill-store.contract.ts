import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import type { Skill } from './skill.js';
import type { SkillStore } from './skill-store.js';

const AT = new Date('2026-11-20T12:00:00.000Z');

export function storedSkill(name: string, version = '1.0.0', more: Partial<Skill> = {}): Skill {
  return {
    manifest: {
      name,
      version,
      description: `Does ${name} — 날씨 🌦`,
      kind: 'function',
      entry: 'index.js',
      permissions: { network: true, filesystem: false, shell: false },
      inputSchema: { type: 'object', properties: { place: { type: 'string' }, days: { type: 'integer' } } },
      body: '# How\n',
    },
    source: 'registry',
    digest: `${name}-${version}`,
    installedAt: AT,
    package: { name: `@acme/${name}`, integrity: 'sha512-abc' },
    ...more,
  };
}

/** `make` gives a store without any skill to each test. */
export function skillStoreContract(it: Declare, make: () => Promise<SkillStore>): void {
  const test = (name: string, use: (store: SkillStore) => Promise<void>) => it(name, async () => use(await make()));

  test('gives back what was installed, by name, and its packed file', async (store) => {
    const tools = [{ name: 'one', description: 'first', inputSchema: { type: 'object' } }];
    const b = storedSkill('b', '2.0.0-rc.1', { tools });
    await store.save(b, Uint8Array.of(0, 255, 1));
    await store.save(storedSkill('a'), Uint8Array.of(2));
    assert.deepEqual(await store.list(), [storedSkill('a'), b]);
    assert.deepEqual(Buffer.from((await store.packed('b', b.digest)) ?? []), Buffer.from([0, 255, 1]));
  });

  test('keeps the order of the members of a schema', async (store) => {
    await store.save(storedSkill('a'), Uint8Array.of(1));
    const [skill] = await store.list();
    assert.deepEqual(Object.keys(skill?.manifest.inputSchema?.['properties'] as object), ['place', 'days']);
  });

  test('puts another version in the place of the one before', async (store) => {
    await store.save(storedSkill('a', '1.0.0'), Uint8Array.of(1));
    await store.save(storedSkill('a', '1.1.0'), Uint8Array.of(2));
    assert.deepEqual(
      (await store.list()).map(({ manifest }) => manifest.version),
      ['1.1.0'],
    );
    assert.equal(await store.packed('a', 'a-1.0.0'), undefined);
    assert.equal((await store.packed('a', 'a-1.1.0'))?.length, 1);
  });

  test('removes a skill once', async (store) => {
    await store.save(storedSkill('a'), Uint8Array.of(1));
    assert.equal(await store.remove('a'), true);
    assert.equal(await store.remove('a'), false);
    assert.deepEqual(await store.list(), []);
    assert.equal(await store.packed('a', 'a-1.0.0'), undefined);
  });

  test('counts uses for each tenant apart, also of skills that were not installed, and many at once', async (store) => {
    const later = new Date(AT.getTime() + 5_000);
    await store.countUse('one', 'local', later);
    await Promise.all(Array.from({ length: 20 }, () => store.countUse('one', 'local', AT)));
    await store.countUse('other', 'local', AT);
    assert.deepEqual(await store.uses('one'), new Map([['local', { invocations: 21, lastUsed: later }]]));
    assert.deepEqual(await store.uses('other'), new Map([['local', { invocations: 1, lastUsed: AT }]]));
    assert.deepEqual(await store.uses('nobody'), new Map());
  });
}
