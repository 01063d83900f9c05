import { learnedStream, type MemoryType } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import { forgetDerived, SUPERSEDED_BEFORE } from './derived.js';
import type { Place } from './segments.js';
import { changeSegment, countSegments, dropWholeSegments } from './segments.js';
import { filterClause } from './statements.js';

const BATCH = 2_000;

/** In one order, so that two who forget at once do not wait for each other in a circle. */
const DROP_ENTRIES = `with locked as (
    select e.stream, e.position from memory_entries e
    join unnest($2::text[], $3::integer[]) as d (stream, position) on e.stream = d.stream and e.position = d.position
    where e.tenant = $1 order by e.stream, e.position for update of e
  )
  delete from memory_entries e using locked d where e.tenant = $1 and e.stream = d.stream and e.position = d.position`;

export interface Doomed {
  before?: Date;
  type?: MemoryType;
}

function clauseOf({ before, type }: Doomed) {
  const { clause, values } = filterClause(type === undefined ? {} : { type }, 2);
  return before
    ? { clause: `${clause} and i.created_at < $${2 + values.length}`, values: [...values, before] }
    : { clause, values };
}

export async function countDoomed(database: Database, tenant: string, which: Doomed): Promise<number> {
  const { clause, values } = clauseOf(which);
  const text = `select count(*)::int as many from memory_index i where i.tenant = $1${clause}`;
  const [row] = await database.query<{ many: number }>(text, [tenant, ...values]);
  return row?.many ?? 0;
}

/** In batches, the oldest first: one that breaks off has forgotten whole entries. */
export async function pruneEntries(database: Database, tenant: string, which: Doomed): Promise<number> {
  const { clause, values } = clauseOf(which);
  const text = `select i.no::text, i.stream, i.position from memory_index i
    where i.tenant = $1${clause} order by i.created_at, i.no limit ${BATCH}`;
  let pruned = 0;
  for (;;) {
    const found = await database.query<Place & Record<string, unknown>>(text, [tenant, ...values]);
    if (found.length === 0) break;
    pruned += await database.transaction((client) => forgetEntries(client, tenant, found));
  }
  if (which.type === undefined || which.type === 'long-term')
    await database.transaction(async (client) => {
      const { rows } = await client.query<Place>(SUPERSEDED_BEFORE, [tenant, which.before ?? null]);
      if (rows.length > 0) await forgetEntries(client, tenant, rows);
    });
  return pruned;
}

/** From their entries or segments, and from every index, in the caller's transaction; gives how many. */
export async function forgetEntries(client: PoolClient, tenant: string, rows: Place[]): Promise<number> {
  const sorted = rows.toSorted((a, b) =>
    a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.position - b.position,
  );
  const [learned, plain] = [sorted.filter(isLearned), sorted.filter((row) => !isLearned(row))];
  await dropEntries(client, tenant, plain);
  // One that was put into a segment since it was looked up is there now: the segments are looked for whatever the row said.
  const { kept, more } = await dropWholeSegments(client, tenant, plain);
  const going = new Set(plain.map(({ no }) => no));
  for (const { stream, position } of kept) {
    const changed = await changeSegment(client, tenant, stream, position, (rows) =>
      rows.filter(({ no }) => !going.has(no)),
    );
    more.segments += changed.segments;
    more.bytes += changed.bytes;
  }
  const derived = await forgetDerived(client, tenant, sorted);
  await dropEntries(client, tenant, [...learned, ...derived]);
  const text = 'select forget_index_rows($1, null, $2) as many';
  const nos = [...new Set([...sorted, ...derived].map(({ no }) => no))];
  const { rows: forgotten } = await client.query<{ many: number }>(text, [tenant, nos]);
  await countSegments(client, tenant, more);
  return forgotten[0]?.many ?? 0;
}

async function dropEntries(client: PoolClient, tenant: string, rows: Place[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(DROP_ENTRIES, [tenant, rows.map(({ stream }) => stream), rows.map(({ position }) => position)]);
}

function isLearned({ stream }: Place): boolean {
  return stream.startsWith(learnedStream(''));
}
