import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashedTerms, type MemoryIndex, newId, termHash } from '@openclaw/core';
import type pg from 'pg';
import { openDatabase } from './open-database.js';

const never = new AbortController().signal;
const termsOf = (tenant: string, text: string) => hashedTerms(tenant, text.split(' '));
let index: MemoryIndex;
let database: pg.Client;
let close: () => Promise<void>;

beforeAll(async () => {
  const opened = await openDatabase(5);
  ({ close } = opened);
  index = opened.postgres.memory;
  database = opened.client;
});

afterAll(() => close());

async function add(tenant: string, ...contents: string[]) {
  const notes = contents.map((content) => ({ content, tags: [], createdAt: new Date('2026-01-01T00:00:00Z') }));
  return index.add(tenant, notes, termsOf, 1);
}

/** The counters as they are kept, and as the rows have them. */
async function counters(tenant: string) {
  const totals = `select entries, length, wal_entries, wal_bytes, segments, segment_bytes from memory_totals where tenant = $1`;
  const real = `select count(*) as entries, coalesce(sum(length), 0) as length, count(*) filter (where not compacted) as wal_entries,
      coalesce(sum(bytes) filter (where not compacted), 0) as wal_bytes,
      (select count(*) from memory_segments where tenant = $1) as segments,
      (select coalesce(sum(octet_length(block)), 0) from memory_segments where tenant = $1) as segment_bytes
    from memory_index where tenant = $1`;
  const terms = `select term, entries from memory_terms where tenant = $1 order by term`;
  const realTerms = `select term, count(*) as entries from memory_index, unnest(toks) as t (term) where tenant = $1 group by term order by term`;
  const rows = async (text: string) => (await database.query<Record<string, unknown>>(text, [tenant])).rows;
  const [kept, there] = await Promise.all([rows(totals), rows(real)]);
  return { kept: [...kept, ...(await rows(terms))], there: [...there, ...(await rows(realTerms))] };
}

describe('reconcile', () => {
  it('mends counters that drifted, terms that are missing, and drops those that nothing has', async () => {
    const [tenant, other] = [newId('run'), newId('run')];
    await add(tenant, ...Array.from({ length: 20 }, (_, at) => `alpha beta ${at}`));
    await index.compact({ before: new Date(), tenant }, never);
    const [gone] = await add(tenant, 'gamma only here');
    await index.remove(tenant, gone?.id ?? '');
    await add(other, 'alpha');
    const before = await counters(other);
    await database.query(
      `update memory_totals set entries = entries + 7, length = 0, wal_bytes = -5, segments = 99 where tenant = $1`,
      [tenant],
    );
    await database.query(`update memory_terms set entries = 1000 where tenant = $1 and term = $2`, [
      tenant,
      termHash(tenant, 'alpha'),
    ]);
    await database.query(`update memory_terms set entries = -3 where tenant = $1 and term = $2`, [
      tenant,
      termHash(tenant, '7'),
    ]);
    await database.query(`delete from memory_terms where tenant = $1 and term = $2`, [
      tenant,
      termHash(tenant, 'beta'),
    ]);
    expect(await index.reconcile({ tenant }, never)).toEqual({ tenants: 1, mended: 4 + 2 + 1 });
    const { kept, there } = await counters(tenant);
    expect(kept).toEqual(there);
    expect(await index.reconcile({ tenant }, never)).toEqual({ tenants: 1, mended: 0 });
    expect(await counters(other)).toEqual(before);
  });

  it('disturbs nobody who writes meanwhile, and is not disturbed', async () => {
    const tenant = newId('run');
    await add(tenant, 'one two three');
    let adding = true;
    const mended: number[] = [];
    const reconciling = (async () => {
      while (adding) mended.push((await index.reconcile({ tenant }, never)).mended);
    })();
    for (let round = 0; round < 40; round++) {
      const added = await Promise.all([add(tenant, `one two ${round}`), add(tenant, `two ${round} four`)]);
      if (round % 3 === 0) await index.remove(tenant, added[0][0]?.id ?? '');
    }
    adding = false;
    await reconciling;
    expect(mended.reduce((sum, one) => sum + one, 0)).toBe(0);
    const { kept, there } = await counters(tenant);
    expect(kept.filter(({ entries }) => entries !== '0')).toEqual(there);
  });

  it('takes the tenants in turn, those that it has not looked at for longest first', async () => {
    const tenants = [newId('run'), newId('run')];
    for (const tenant of tenants) await add(tenant, 'word');
    await database.query(`update memory_totals set entries = 2000000, reconciled_at = null where tenant = any($1)`, [
      tenants,
    ]);
    for (let run = 0; run < 3; run++) expect((await index.reconcile({}, never)).tenants).toBeGreaterThan(0);
    for (const tenant of tenants) {
      const { kept, there } = await counters(tenant);
      expect(kept).toEqual(there);
    }
  });
});
