import type { MemoryType } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import type { Place } from './segments.js';
import { changeSegment, dropWholeSegments } from './segments.js';
import { filterClause } from './statements.js';

const BATCH = 2_000;

type DoomedRow = Place & { compacted: boolean };

const DROP_ENTRIES = `delete from memory_entries e using unnest($2::text[], $3::integer[]) as d (stream, position)
  where e.tenant = $1 and e.stream = d.stream and e.position = d.position`;

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
  const text = `select i.no::text, i.stream, i.position, i.compacted from memory_index i
    where i.tenant = $1${clause} order by i.created_at, i.no limit ${BATCH}`;
  let pruned = 0;
  for (;;) {
    const found = await database.query<DoomedRow & Record<string, unknown>>(text, [tenant, ...values]);
    if (found.length === 0) return pruned;
    pruned += await database.transaction((client) => forgetEntries(client, tenant, found));
  }
}

/** From their entries or segments, and from every index, in the caller's transaction; gives how many. */
export async function forgetEntries(client: PoolClient, tenant: string, rows: DoomedRow[]): Promise<number> {
  const sorted = rows.toSorted((a, b) =>
    a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.position - b.position,
  );
  await client.query(DROP_ENTRIES, [
    tenant,
    sorted.map(({ stream }) => stream),
    sorted.map(({ position }) => position),
  ]);
  // One that was put into a segment since it was looked up is there now: the segments are looked for whatever the row said.
  const nos = new Set(sorted.map(({ no }) => no));
  for (const { stream, position } of await dropWholeSegments(client, tenant, sorted))
    await changeSegment(client, tenant, stream, position, (kept) => kept.filter(({ no }) => !nos.has(no)));
  const text = 'select forget_index_rows($1, null, $2) as many';
  const { rows: forgotten } = await client.query<{ many: number }>(text, [tenant, sorted.map(({ no }) => no)]);
  return forgotten[0]?.many ?? 0;
}
