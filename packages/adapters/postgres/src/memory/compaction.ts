import { type Compacted, SEGMENT_ENTRIES } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import type { EntryRow } from './memory-rows.js';
import { changeSegment, countSegments } from './segments.js';
import { FACTS, OF_MESSAGE } from './statements.js';

export interface Ready {
  tenant: string;
  stream: string;
  start: number;
}

/** Segments' worth of entries that are old enough, all of them, and are whole: something stands at their last place or behind it. */
const READY = `select b.tenant, b.stream, b.start
  from (
    select tenant, stream, position / ${SEGMENT_ENTRIES} * ${SEGMENT_ENTRIES} as start from memory_entries
    where indexed and created_at < $1 and ($2::text is null or tenant = $2) and stream not like 'd:%'
    group by 1, 2, 3
  ) b
  where exists (select from memory_index i where i.tenant = b.tenant and i.stream = b.stream
      and i.position >= b.start + ${SEGMENT_ENTRIES - 1})
    and not exists (select from memory_entries y where y.tenant = b.tenant and y.stream = b.stream
      and y.position between b.start and b.start + ${SEGMENT_ENTRIES - 1} and (y.created_at >= $1 or not y.indexed))
  limit 200`;

const LOCK_ENTRIES = `select ${FACTS} from (
    select * from memory_entries where tenant = $1 and stream = $2 and position between $3 and $4 and indexed order by position for update
  ) e ${OF_MESSAGE}`;

const DROP_ENTRIES = `delete from memory_entries where tenant = $1 and stream = $2 and no = any($3::bigint[])`;

const POINT = `with moved as (
    update memory_index set compacted = true where tenant = $1 and no = any($2::bigint[]) and not compacted returning bytes
  ), sums as (select count(*) as n, coalesce(sum(bytes), 0) as bytes from moved)
  update memory_totals t set wal_entries = t.wal_entries - n, wal_bytes = t.wal_bytes - sums.bytes, last_compaction = now()
  from sums where t.tenant = $1`;

/**
 * Each segment in a transaction of its own: a crash leaves every entry either where it was or in its segment. `packed` is called in that
 * transaction.
 */
export async function compactEntries(
  database: Database,
  { before, tenant }: { before: Date; tenant?: string },
  signal: AbortSignal,
  packed: (client: PoolClient, segment: Ready) => Promise<void>,
): Promise<Compacted> {
  const done = { segments: 0, entries: 0 };
  for (;;) {
    const ready = await database.query<Ready & Record<string, unknown>>(READY, [before, tenant ?? null]);
    let moved = 0;
    for (const one of ready) {
      if (signal.aborted) return done;
      const entries = await compactOne(database, one, packed);
      if (entries > 0) done.segments++;
      moved += entries;
    }
    done.entries += moved;
    if (moved === 0) return done;
  }
}

async function compactOne(
  database: Database,
  segment: Ready,
  packed: (client: PoolClient, segment: Ready) => Promise<void>,
): Promise<number> {
  const { tenant, stream, start } = segment;
  return database.transaction(async (client) => {
    const { rows } = await client.query<EntryRow>(LOCK_ENTRIES, [tenant, stream, start, start + SEGMENT_ENTRIES - 1]);
    // A message that is gone goes with its conversation; whoever deletes that waits for us.
    const whole = rows.filter(({ content }) => content !== null);
    if (whole.length === 0) return 0;
    const nos = whole.map(({ no }) => no);
    const more = await changeSegment(client, tenant, stream, start, (kept) => [...kept, ...whole]);
    await client.query(DROP_ENTRIES, [tenant, stream, nos]);
    await client.query(POINT, [tenant, nos]);
    await countSegments(client, tenant, more);
    await packed(client, segment);
    return whole.length;
  });
}
