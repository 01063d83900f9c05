import type { Reconciled } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import { CONTAINS } from './statements.js';

/** Entries counted in one run, of all tenants; the first one is counted whole, however many it has. */
const ENTRIES_OF_RUN = 2_000_000;
const ENTRIES_OF_STATEMENT = 100_000;
/** Of one tenant, in one run: terms whose entries are counted, and about how many entries that may be. */
const TERMS_OF_TENANT = 20_000;
const LOOKUPS_OF_TENANT = 500_000;
const TERMS_OF_STATEMENT = 2_000;
const LOOKUPS_OF_STATEMENT = 200_000;
/** Entries of one tenant, in one run, whose terms are looked for. */
const ENTRIES_LOOKED_INTO = 2_000;

interface TenantRow extends Record<string, unknown> {
  tenant: string;
  entries: number;
  checked_term: number | null;
  checked_no: string | null;
}

const TENANTS = `select tenant, entries::float8 as entries, checked_term, checked_no::text from memory_totals
  where $1::text is null or tenant = $1 order by reconciled_at nulls first, tenant`;

/**
 * Compares what is counted along with what is there, the tenants in turn, and mends what differs. One snapshot shows both, since whoever
 * writes rows counts them in the same transaction; the difference is added to what the counter is by then. So nobody is kept from writing.
 */
export async function reconcileCounters(
  database: Database,
  only: string | undefined,
  signal: AbortSignal,
): Promise<Reconciled> {
  const done = { tenants: 0, mended: 0 };
  let entries = 0;
  for (const row of await database.query<TenantRow>(TENANTS, [only ?? null])) {
    if (signal.aborted || (done.tenants > 0 && entries + row.entries > ENTRIES_OF_RUN)) break;
    entries += row.entries;
    done.mended += await mendTotals(database, row.tenant);
    await database.query(DROP_UNUSED, [row.tenant]);
    const terms = await mendTerms(database, row, signal);
    const missing = await addMissing(database, row);
    done.mended += terms.mended + missing.added;
    await database.query(NOTE, [row.tenant, terms.last, missing.last]);
    done.tenants++;
  }
  return done;
}

const NOTE = `update memory_totals set reconciled_at = now(), checked_term = $2, checked_no = $3 where tenant = $1`;

const COUNTERS = ['entries', 'length', 'wal_entries', 'wal_bytes', 'segments', 'segment_bytes'] as const;
type Counters = Record<(typeof COUNTERS)[number], number>;

const KEPT = `select ${COUNTERS.map((counter) => `${counter}::float8 as ${counter}`).join(', ')} from memory_totals where tenant = $1`;

const COUNT_SLICE = `select count(*)::float8 as entries, coalesce(sum(length), 0)::float8 as length,
    count(*) filter (where not compacted)::float8 as wal_entries, coalesce(sum(bytes) filter (where not compacted), 0)::float8 as wal_bytes,
    max(no)::text as last
  from (select no, length, bytes, compacted from memory_index where tenant = $1 and no > $2 order by no limit ${ENTRIES_OF_STATEMENT}) i`;

const COUNT_SEGMENTS = `select count(*)::float8 as segments, coalesce(sum(octet_length(block)), 0)::float8 as segment_bytes
  from memory_segments where tenant = $1`;

const MEND_TOTALS = `update memory_totals set ${COUNTERS.map((counter, at) => `${counter} = ${counter} + $${at + 2}`).join(', ')}
  where tenant = $1`;

/** Gives how many counters were wrong. */
async function mendTotals(database: Database, tenant: string): Promise<number> {
  const off = await database.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const { rows } = await client.query<Counters>(KEPT, [tenant]);
    const there = await countRows(client, tenant);
    const [kept] = rows;
    return COUNTERS.map((counter) => there[counter] - (kept?.[counter] ?? 0));
  });
  const wrong = off.filter((difference) => difference !== 0).length;
  if (wrong > 0) await database.query(MEND_TOTALS, [tenant, ...off]);
  return wrong;
}

async function countRows(client: PoolClient, tenant: string): Promise<Counters> {
  const { rows } = await client.query<Pick<Counters, 'segments' | 'segment_bytes'>>(COUNT_SEGMENTS, [tenant]);
  const there = { entries: 0, length: 0, wal_entries: 0, wal_bytes: 0, segments: 0, segment_bytes: 0, ...rows[0] };
  for (let after = '0'; ;) {
    const slice = await client.query<Omit<Counters, 'segments' | 'segment_bytes'> & { last: string | null }>(
      COUNT_SLICE,
      [tenant, after],
    );
    const [counted] = slice.rows;
    if (!counted || counted.last === null) return there;
    for (const counter of ['entries', 'length', 'wal_entries', 'wal_bytes'] as const)
      there[counter] += counted[counter];
    after = counted.last;
  }
}

/** Terms that no entry has any more. */
const DROP_UNUSED = `delete from memory_terms m using (
    select term from memory_terms where tenant = $1 and entries = 0 order by term for update skip locked
  ) d where m.tenant = $1 and m.term = d.term`;

/** A term's entries. By its own index alone: a term is a tenant's own, and with few entries per tenant the planner would rather read them all. */
const COUNT_OF_TERM = (term: string) =>
  `(select count(*) from memory_index i where i.tenant || '' = $1 and i.toks ${CONTAINS} array[${term}])`;

const MEND_TERMS = `with slice as (
    select term, entries, sum(greatest(entries, 1)) over (order by term) - greatest(entries, 1) as earlier from memory_terms
    where tenant = $1 and ($2::integer is null or term > $2) order by term limit ${TERMS_OF_STATEMENT}
  ), checked as materialized (
    select term, entries, ${COUNT_OF_TERM('slice.term')} as there from slice where earlier < ${LOOKUPS_OF_STATEMENT}
  ), locked as (
    select m.term, c.there - c.entries as difference from memory_terms m join checked c on c.term = m.term
    where m.tenant = $1 and c.there <> c.entries order by m.term for update of m
  ), mended as (
    update memory_terms m set entries = m.entries + l.difference from locked l where m.tenant = $1 and m.term = l.term returning 1
  )
  select max(term) as last, count(*)::integer as terms, coalesce(sum(entries), 0)::float8 as lookups,
    (select count(*)::integer from mended) as mended
  from checked`;

interface MendedRow extends Record<string, unknown> {
  last: number | null;
  terms: number;
  lookups: number;
  mended: number;
}

/** From where it was the last time, or from the start again; `last` is null at the end. */
async function mendTerms(database: Database, { tenant, checked_term }: TenantRow, signal: AbortSignal) {
  const done = { last: checked_term, mended: 0 };
  for (let terms = 0, lookups = 0; terms < TERMS_OF_TENANT && lookups < LOOKUPS_OF_TENANT && !signal.aborted;) {
    const [row] = await database.query<MendedRow>(MEND_TERMS, [tenant, done.last]);
    done.last = row?.last ?? null;
    done.mended += row?.mended ?? 0;
    if (!row || row.last === null) break;
    terms += row.terms;
    lookups += row.lookups;
  }
  return done;
}

const ADD_MISSING = `with slice as (
    select no, toks from memory_index where tenant = $1 and no > $2 order by no limit ${ENTRIES_LOOKED_INTO}
  ), missing as materialized (
    select distinct t.term from slice cross join unnest(slice.toks) as t (term)
    where not exists (select from memory_terms m where m.tenant = $1 and m.term = t.term)
  ), added as (
    insert into memory_terms as m (tenant, term, entries)
    select $1, missing.term, ${COUNT_OF_TERM('missing.term')} from missing order by missing.term
    on conflict (tenant, term) do update set entries = m.entries + excluded.entries returning 1
  )
  select max(no)::text as last, (select count(*)::integer from added) as added from slice`;

/** Terms of entries that have no counter at all. */
async function addMissing(database: Database, { tenant, checked_no }: TenantRow) {
  const [row] = await database.query<{ last: string | null; added: number }>(ADD_MISSING, [tenant, checked_no ?? '0']);
  return { last: row?.last ?? null, added: row?.added ?? 0 };
}
