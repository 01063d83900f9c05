import { SEGMENT_ENTRIES } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import type { EntryRow } from './memory-rows.js';
import { type Block, packBlock, segmentStart, unpackBlock } from './segment-block.js';

/** Where an entry lies. */
export interface Place {
  no: string;
  stream: string;
  position: number;
}

const READ = `select stream, position, block, checksum from memory_segments
  where tenant = $1 and (stream, position) in (select * from unnest($2::text[], $3::integer[]))`;

const LOCK = `select block, checksum, octet_length(block) as size from memory_segments
  where tenant = $1 and stream = $2 and position = $3 for update`;

const WRITE = `insert into memory_segments as s
    (tenant, stream, position, first_no, last_no, since, until, entries, bytes, checksum, block)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  on conflict (tenant, stream, position) do update set first_no = excluded.first_no, last_no = excluded.last_no, since = excluded.since,
    until = excluded.until, entries = excluded.entries, bytes = excluded.bytes, checksum = excluded.checksum, block = excluded.block`;

const COUNT = `insert into memory_totals as t (tenant, segments, segment_bytes) values ($1, $2, $3)
  on conflict (tenant) do update set segments = t.segments + excluded.segments, segment_bytes = t.segment_bytes + excluded.segment_bytes`;

type SegmentRow = Block & { stream: string; position: number };

const DROP_WHOLE = `with doomed as (
    select stream, position from unnest($2::text[], $3::integer[]) as d (stream, position)
  ), dropped as (
    delete from memory_segments s using doomed d
    where s.tenant = $1 and s.stream = d.stream and s.position = d.position and not exists (
      select from memory_index i
      where i.tenant = $1 and i.stream = d.stream and i.position between d.position and d.position + ${SEGMENT_ENTRIES - 1}
        and i.compacted and i.no <> all($4::bigint[]))
    returning s.stream, s.position, octet_length(s.block) as bytes
  )
  select d.stream, d.position, o.bytes from doomed d
  join memory_segments s on s.tenant = $1 and s.stream = d.stream and s.position = d.position
  left join dropped o on o.stream = d.stream and o.position = d.position`;

/** The entries at these places, as far as they lie in segments. */
export async function readSegments(
  database: Pick<Database, 'query'>,
  tenant: string,
  places: Place[],
): Promise<EntryRow[]> {
  if (places.length === 0) return [];
  const keys = new Map(
    places.map(({ stream, position }) => [`${segmentStart(position)} ${stream}`, { stream, position }]),
  );
  const rows = await database.query<SegmentRow>(READ, [
    tenant,
    [...keys.values()].map(({ stream }) => stream),
    [...keys.values()].map(({ position }) => segmentStart(position)),
  ]);
  const wanted = new Set(places.map(({ no }) => no));
  return rows.flatMap((row) => unpackBlock(row)).filter(({ no }) => wanted.has(no));
}

/** What is more of segments, and of their bytes. */
export interface SegmentsMore {
  segments: number;
  bytes: number;
}

/** Counts what `changeSegment` has changed; after the terms, if those are counted too: who counts both begins with them. */
export async function countSegments(
  client: PoolClient,
  tenant: string,
  { segments, bytes }: SegmentsMore,
): Promise<void> {
  if (segments !== 0 || bytes !== 0) await client.query(COUNT, [tenant, segments, bytes]);
}

/**
 * Drops, in the caller's transaction, the segments of which nothing is left without these entries: all by one statement, without a look into any.
 * Gives where those begin that keep others, and what is more of segments then, for the caller to count.
 */
export async function dropWholeSegments(
  client: PoolClient,
  tenant: string,
  entries: Place[],
): Promise<{ kept: { stream: string; position: number }[]; more: SegmentsMore }> {
  const starts = new Map(
    entries.map(({ stream, position }) => [
      `${segmentStart(position)} ${stream}`,
      [stream, segmentStart(position)] as const,
    ]),
  );
  const { rows } = await client.query<{ stream: string; position: number; bytes: number | null }>(DROP_WHOLE, [
    tenant,
    [...starts.values()].map(([stream]) => stream),
    [...starts.values()].map(([, start]) => start),
    entries.map(({ no }) => no),
  ]);
  const more = { segments: 0, bytes: 0 };
  for (const { bytes } of rows) {
    if (bytes === null) continue;
    more.segments--;
    more.bytes -= bytes;
  }
  return { kept: rows.filter(({ bytes }) => bytes === null), more };
}

/**
 * Changes one segment within the caller's transaction: `change` gets its entries (none, where it is new) and gives those that it shall
 * have. Without any, it is deleted. What is more of it then, the caller counts.
 */
export async function changeSegment(
  client: PoolClient,
  tenant: string,
  stream: string,
  start: number,
  change: (rows: EntryRow[]) => EntryRow[],
): Promise<SegmentsMore> {
  const { rows: found } = await client.query<Block & { size: number }>(LOCK, [tenant, stream, start]);
  const [old] = found;
  const rows = change(old ? unpackBlock(old) : []).toSorted((a, b) => a.position - b.position);
  if (rows.length === 0) {
    if (!old) return { segments: 0, bytes: 0 };
    await client.query('delete from memory_segments where tenant = $1 and stream = $2 and position = $3', [
      tenant,
      stream,
      start,
    ]);
    return { segments: -1, bytes: -old.size };
  }
  const { block, checksum } = packBlock(rows);
  const nos = rows.map(({ no }) => BigInt(no)).sort((a, b) => (a < b ? -1 : 1));
  const times = rows.map(({ created_at }) => created_at.getTime());
  const bytes = rows.reduce((sum, { content }) => sum + Buffer.byteLength(content ?? ''), 0);
  await client.query(WRITE, [
    tenant,
    stream,
    start,
    String(nos[0]),
    String(nos.at(-1)),
    new Date(Math.min(...times)),
    new Date(Math.max(...times)),
    rows.length,
    bytes,
    checksum,
    block,
  ]);
  return { segments: old ? 0 : 1, bytes: block.length - (old?.size ?? 0) };
}
