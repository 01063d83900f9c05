import assert from 'node:assert/strict';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { MemoryFilter, NewNote } from './memory-entry.js';
import type { MemoryIndex } from './memory-index.js';
import { unitVector } from './unit-vector.js';
import { type EmbeddingModel, type NearestQuery, type VectorIndex, WrongVectorLength } from './vector-index.js';

export interface VectorIndexFixture {
  vectors: VectorIndex;
  /** The same, but for looking at each entry only where at most three are within the filter. */
  narrow: VectorIndex;
  /** Of the same entries. */
  index: MemoryIndex;
  conversations: ConversationStore;
}

const AT = new Date('2026-03-01T10:00:00Z');
const LATER = new Date('2026-06-01T10:00:00Z');
const DIMENSIONS = 8;
/** More than there are entries of other tests. */
const ALL = 100_000;

/** Of an angle, in degrees: the cosine between two of them is that between their angles. */
function at(degrees: number): Float32Array {
  const radians = (degrees * Math.PI) / 180;
  const figures = new Array<number>(DIMENSIONS).fill(0);
  figures[0] = Math.cos(radians);
  figures[1] = Math.sin(radians);
  return unitVector(figures) ?? new Float32Array();
}

const model = (name = newId('run')): EmbeddingModel => ({ provider: 'p', model: name, dimensions: undefined });

/** `make` gives stores that share one place; tenants and models are made up anew by each test. */
export function vectorIndexContract(it: Declare, make: () => Promise<VectorIndexFixture>): void {
  const aTenant = () => newId('run');

  async function add(index: MemoryIndex, tenant: string, ...notes: Partial<NewNote>[]) {
    const made = notes.map((note) => ({ content: 'something', tags: [], createdAt: AT, ...note }));
    await index.add(tenant, made, () => [], 1);
    return (await index.list(tenant, { limit: 1_000 })).slice(-notes.length);
  }

  const waitingOf = async (vectors: VectorIndex, id: number, tenant: string) =>
    (await vectors.waiting(id, ALL)).filter((one) => one.tenant === tenant).map(({ no }) => no);

  /** The angles of the entries that are near, in their order. */
  async function near(vectors: VectorIndex, tenant: string, id: number, more: Partial<NearestQuery> = {}) {
    const query = { model: id, vector: at(0), filter: {}, limit: 10, lexical: [], ...more };
    const found = await vectors.nearest(tenant, query);
    return found.map(({ cosine }) => Math.round((Math.acos(Math.min(1, cosine)) * 180) / Math.PI));
  }

  it('has what is there and what comes wait for a vector, until it has one', async () => {
    const { vectors, index } = await make();
    const tenant = aTenant();
    const [before] = await add(index, tenant, {});
    const id = await vectors.use(model());
    const [after, last] = await add(index, tenant, {}, {});
    const nos = [before?.no ?? '', after?.no ?? '', last?.no ?? ''];
    assert.equal(await vectors.anyWaiting(), true);
    assert.deepEqual(await waitingOf(vectors, id, tenant), nos.toReversed());
    assert.equal((await vectors.waiting(id, 2)).length, 2);
    const stored = await vectors.store(id, [
      { tenant, no: nos[0] ?? '', vector: at(10) },
      { tenant, no: nos[1] ?? '', vector: undefined },
    ]);
    assert.equal(stored, 2);
    assert.deepEqual(await waitingOf(vectors, id, tenant), nos.slice(2));
    const { embedded, waiting } = (await vectors.progress(tenant)) ?? {};
    assert.deepEqual([embedded, waiting], [2, 1]);
    assert.deepEqual(await near(vectors, tenant, id), [10]);
  });

  it('finds the nearest, best first, and tells those that the words have found in any case', async () => {
    const { vectors, index } = await make();
    const tenant = aTenant();
    const id = await vectors.use(model());
    const entries = await add(index, tenant, {}, {}, {}, {});
    const angles = [80, 20, 40, 60];
    const all = entries.map(({ no }, place) => ({ tenant, no, vector: at(angles[place] ?? 0) }));
    await vectors.store(id, all);
    assert.deepEqual(await near(vectors, tenant, id), [20, 40, 60, 80]);
    assert.deepEqual(await near(vectors, tenant, id, { limit: 2 }), [20, 40]);
    const [furthest] = entries;
    assert.deepEqual(await near(vectors, tenant, id, { limit: 1, lexical: [furthest?.no ?? ''] }), [20, 80]);
    const [first] = await vectors.nearest(tenant, {
      ...{ model: id, vector: at(20), filter: {}, limit: 1, lexical: [] },
    });
    assert.equal(first?.no, entries[1]?.no);
    assert.ok(Math.abs((first?.cosine ?? 0) - 1) < 0.01);
  });

  it('tells at least what the words have found where too many are within the filter', async () => {
    const { vectors, narrow, index } = await make();
    const tenant = aTenant();
    const used = model();
    const id = await vectors.use(used);
    assert.equal(await narrow.use(used), id);
    const entries = await add(index, tenant, {}, {}, {}, {});
    await vectors.store(
      id,
      entries.map(({ no }, place) => ({ tenant, no, vector: at(20 * (place + 1)) })),
    );
    const lexical = [entries[3]?.no ?? '', entries[0]?.no ?? ''];
    const found = await near(narrow, tenant, id, { lexical });
    assert.deepEqual([found[0], found.at(-1)], [20, 80]);
    assert.deepEqual(await near(narrow, tenant, id, { lexical: ['999999999999'], filter: { since: LATER } }), []);
  });

  it('keeps tenants apart, whatever is asked', async () => {
    const { vectors, index } = await make();
    const [one, other] = [aTenant(), aTenant()];
    const id = await vectors.use(model());
    const [mine] = await add(index, one, {});
    await add(index, other, {});
    const no = mine?.no ?? '';
    await vectors.store(id, [{ tenant: one, no, vector: at(0) }]);
    assert.deepEqual(await near(vectors, other, id), []);
    assert.deepEqual(await near(vectors, other, id, { lexical: [no] }), []);
    // A number of another tenant's is nobody's.
    await vectors.store(id, [{ tenant: other, no, vector: at(0) }]);
    assert.deepEqual(await near(vectors, other, id, { lexical: [no] }), []);
    assert.deepEqual(await near(vectors, one, id), [0]);
    assert.equal((await vectors.progress(other))?.waiting, 1);
    assert.equal((await vectors.progress(one))?.waiting, 0);
  });

  it('applies every filter', async () => {
    const { vectors, narrow, index } = await make();
    const tenant = aTenant();
    const used = model();
    const id = await vectors.use(used);
    await narrow.use(used);
    const entries = await add(
      index,
      tenant,
      { tags: ['x', 'y'], agentId: 'a', userId: 'u' },
      { createdAt: LATER, sessionId: 's1' },
    );
    await vectors.store(
      id,
      entries.map(({ no }, place) => ({ tenant, no, vector: at(10 * (place + 1)) })),
    );
    const cases: [MemoryFilter, number[]][] = [
      [{}, [10, 20]],
      [{ since: LATER }, [20]],
      [{ until: AT }, [10]],
      [{ tags: ['y'] }, [10]],
      [{ tags: ['y', 'z'] }, []],
      [{ agentId: 'a' }, [10]],
      [{ userId: 'u' }, [10]],
      [{ conversationId: 's1' }, [20]],
      [{ type: 'wal' }, []],
      [{ type: 'long-term' }, [10, 20]],
    ];
    for (const [filter, wanted] of cases) {
      assert.deepEqual(await near(vectors, tenant, id, { filter }), wanted, JSON.stringify(filter));
      assert.deepEqual(await near(narrow, tenant, id, { filter }), wanted, JSON.stringify(filter));
    }
  });

  it('forgets the vector with the entry, and takes none for what is gone', async () => {
    const { vectors, index, conversations } = await make();
    const tenant = aTenant();
    const id = await vectors.use(model());
    const entries = await add(index, tenant, {}, {}, { createdAt: LATER }, { sessionId: 'gone' }, {});
    const [removed, pruned] = entries;
    await vectors.store(
      id,
      entries.slice(0, 4).map(({ no }, place) => ({ tenant, no, vector: at(10 * (place + 1)) })),
    );
    assert.equal((await near(vectors, tenant, id)).length, 4);
    await index.remove(tenant, removed?.id ?? '');
    await conversations.delete(tenant, 'gone').catch(() => undefined);
    for (const { id: note } of entries.slice(3)) await index.remove(tenant, note);
    assert.deepEqual(await near(vectors, tenant, id), [20, 30]);
    assert.equal(await index.prune(tenant, { before: LATER }), 1);
    assert.deepEqual(await near(vectors, tenant, id), [30]);
    assert.deepEqual(await waitingOf(vectors, id, tenant), []);
    await vectors.store(id, [{ tenant, no: pruned?.no ?? '', vector: at(0) }]);
    assert.deepEqual(await near(vectors, tenant, id, { lexical: [pruned?.no ?? ''] }), [30]);
  });

  it('never mixes the vectors of two models', async () => {
    const { vectors, index } = await make();
    const tenant = aTenant();
    const [old, young] = [model(), model()];
    const oldId = await vectors.use(old);
    const entries = await add(index, tenant, {}, {});
    const [one, two] = entries.map(({ no }) => no);
    await vectors.store(oldId, [
      { tenant, no: one ?? '', vector: at(10) },
      { tenant, no: two ?? '', vector: at(20) },
    ]);
    const id = await vectors.use(young);
    assert.notEqual(id, oldId);
    assert.deepEqual(await waitingOf(vectors, id, tenant), [two, one]);
    assert.deepEqual(await vectors.waiting(oldId, 10), []);
    assert.deepEqual(await near(vectors, tenant, oldId), [10, 20]);
    await vectors.store(id, [{ tenant, no: one ?? '', vector: at(50) }]);
    assert.deepEqual(await near(vectors, tenant, id), [50]);
    assert.equal(await vectors.store(oldId, [{ tenant, no: one ?? '', vector: at(10) }]), 0);
    assert.deepEqual(await near(vectors, tenant, id), [50]);
    // Back again: what the other model has not touched is still there.
    assert.equal(await vectors.use(old), oldId);
    assert.deepEqual(await waitingOf(vectors, oldId, tenant), [one]);
    const longer = await vectors.use({ ...old, dimensions: 3 });
    assert.notEqual(longer, oldId);
    await vectors.use(old);
  });

  it('refuses vectors of another length than it has', async () => {
    const { vectors, index } = await make();
    const tenant = aTenant();
    const id = await vectors.use(model());
    const [one, two] = (await add(index, tenant, {}, {})).map(({ no }) => no);
    await vectors.store(id, [{ tenant, no: one ?? '', vector: at(0) }]);
    const short = unitVector([1, 2]) ?? new Float32Array();
    await assert.rejects(vectors.store(id, [{ tenant, no: two ?? '', vector: short }]), WrongVectorLength);
    await assert.rejects(near(vectors, tenant, id, { vector: short }), WrongVectorLength);
    assert.deepEqual(await waitingOf(vectors, id, tenant), [two]);
  });

  it('has nothing wait where no model is used, and all that was missed as soon as one is', async () => {
    const { vectors, index } = await make();
    const tenant = aTenant();
    const used = model();
    const id = await vectors.use(used);
    const [first] = await add(index, tenant, {});
    await vectors.store(id, [{ tenant, no: first?.no ?? '', vector: at(0) }]);
    await vectors.useNone();
    const [missed] = await add(index, tenant, {});
    assert.equal(await vectors.anyWaiting(), false);
    assert.equal(await vectors.progress(tenant), undefined);
    assert.equal(await vectors.use(used), id);
    assert.equal(await vectors.anyWaiting(), true);
    assert.deepEqual(await waitingOf(vectors, id, tenant), [missed?.no]);
  });
}
