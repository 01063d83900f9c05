import {
  type Compacted,
  type Found,
  type MemoryEntry,
  type MemoryFilter,
  MemoryIndex,
  type MemoryStats,
  memoryId,
  type NewNote,
  noteStream,
  numberOfMemory,
  type Reach,
  type TermsOf,
} from '@openclaw/core';
import type { Database } from '../database.js';
import { unpackCandidates } from './candidate-pack.js';
import { compactEntries } from './compaction.js';
import { countDoomed, type Doomed, forgetEntries, pruneEntries } from './forgetting.js';
import { indexRows, reindexOutdated } from './indexing.js';
import { type EntryRow, toEntry } from './memory-rows.js';
import { type Place, readSegments } from './segments.js';
import * as sql from './statements.js';

type Placed = Place & { compacted: boolean } & Record<string, unknown>;

export class PostgresMemoryIndex extends MemoryIndex {
  constructor(private readonly database: Database) {
    super();
  }

  async add(
    tenant: string,
    notes: NewNote[],
    termsOf: TermsOf,
    version: number,
  ): Promise<{ id: string; createdAt: Date }[]> {
    if (notes.length === 0) return [];
    const streams = notes.map(noteStream);
    const many = new Map<string, number>();
    for (const stream of streams) many.set(stream, (many.get(stream) ?? 0) + 1);
    return this.database.transaction(async (client) => {
      const places = await client.query<{ stream: string; next: number }>(sql.TAKE_PLACES, [
        tenant,
        [...many.keys()],
        [...many.values()],
      ]);
      const next = new Map(places.rows.map((row) => [row.stream, row.next - (many.get(row.stream) ?? 0)]));
      const placed = notes.map((note, at) => {
        const stream = streams[at] ?? '';
        const position = next.get(stream) ?? 0;
        next.set(stream, position + 1);
        return { note, stream, position };
      });
      const added = await client.query<{ no: string; stream: string; position: number }>(sql.ADD_NOTES, [
        tenant,
        JSON.stringify(
          placed.map(({ note, stream, position }) => ({
            ...{ stream, position, created_at: note.createdAt, content: note.content, tags: note.tags },
            ...{ author: note.author, user_id: note.userId, agent_id: note.agentId, metadata: note.metadata },
          })),
        ),
      ]);
      const nos = new Map(added.rows.map((row) => [`${row.position} ${row.stream}`, row.no]));
      const rows = placed.map(({ note, stream, position }) => ({
        tenant,
        ...{
          no: nos.get(`${position} ${stream}`) ?? '',
          stream,
          position,
          kind: 'note' as const,
          content: note.content,
        },
        ...{ created_at: note.createdAt, tags: note.tags, message_id: null, role: null, metadata: null },
        ...{ author: note.author ?? null, user_id: note.userId ?? null, agent_id: note.agentId ?? null },
      }));
      await indexRows(client, rows, termsOf, version);
      return rows.map(({ no, created_at }) => ({ id: memoryId(no, created_at), createdAt: created_at }));
    });
  }

  async indexPending(
    { tenant, limit, version }: { tenant?: string; limit: number; version: number },
    termsOf: TermsOf,
  ): Promise<number> {
    // Most times there is nothing, and that costs no transaction.
    const [waiting] = await this.database.query<{ yes: boolean; outdated: boolean }>(sql.WAITING, [
      tenant ?? null,
      version,
    ]);
    let indexed = 0;
    if (waiting?.yes) {
      indexed = await this.database.transaction(async (client) => {
        const { rows } = await client.query<EntryRow & { tenant: string }>({
          ...(tenant === undefined ? sql.PENDING : sql.PENDING_OF_TENANT),
          values: tenant === undefined ? [limit] : [limit, tenant],
        });
        if (rows.length === 0) return 0;
        await client.query({ ...sql.MARK_INDEXED, values: [JSON.stringify(rows.map(placeOf))] });
        await indexRows(client, rows, termsOf, version);
        return rows.length;
      });
    }
    if (waiting?.outdated && indexed < limit)
      indexed += await reindexOutdated(this.database, limit - indexed, termsOf, version);
    return indexed;
  }

  async find(tenant: string, terms: number[], filter: MemoryFilter, reach: Reach): Promise<Found> {
    const [row] = await this.database.query<FoundRow>(sql.FIND, sql.findValues(tenant, terms, filter, reach));
    return {
      entries: Number(row?.entries ?? 0),
      totalLength: Number(row?.length ?? 0),
      frequencies: (row?.frequencies ?? []).map(Number),
      asked: (row?.asked ?? []).map((place) => place - 1),
      candidates: row?.pack ? unpackCandidates(row.pack) : [],
    };
  }

  async contained(tenant: string, nos: string[], terms: number[]): Promise<number[]> {
    const rows = await this.database.query<{ no: string; mask: number }>(sql.CONTAINED, [tenant, terms, nos]);
    const masks = new Map(rows.map(({ no, mask }) => [no, mask]));
    return nos.map((no) => masks.get(no) ?? 0);
  }

  async read(tenant: string, nos: string[], filter: MemoryFilter): Promise<MemoryEntry[]> {
    if (nos.length === 0) return [];
    const { clause, values } = sql.filterClause(filter, 3);
    const text = `select i.no::text, i.stream, i.position, i.compacted from memory_index i
      where i.tenant = $1 and i.no = any($2::bigint[])${clause}`;
    return this.entriesAt(tenant, await this.database.query<Placed>(text, [tenant, nos, ...values]), nos);
  }

  async list(tenant: string, { after, limit }: { after?: string; limit: number }): Promise<MemoryEntry[]> {
    const text = `select no::text, stream, position, compacted from memory_index
      where tenant = $1 and no > $2 order by no limit $3`;
    const places = await this.database.query<Placed>(text, [tenant, after ?? '0', limit]);
    return this.entriesAt(
      tenant,
      places,
      places.map(({ no }) => no),
    );
  }

  async hasNotes(tenant: string, sessionId: string): Promise<boolean> {
    return (await this.database.query(sql.NOTES_OF_SESSION, [tenant, noteStream({ sessionId, tags: [] })])).length > 0;
  }

  async remove(tenant: string, id: string): Promise<boolean> {
    const no = numberOfMemory(id);
    if (no === undefined) return false;
    return this.database.transaction(async (client) => {
      const text = `select no::text, stream, position, compacted, created_at from memory_index where tenant = $1 and no = $2`;
      const { rows } = await client.query<Placed & { created_at: Date }>(text, [tenant, no]);
      const [row] = rows;
      if (!row || memoryId(row.no, row.created_at) !== id) return false;
      return (await forgetEntries(client, tenant, [row])) > 0;
    });
  }

  count(tenant: string, which: Doomed): Promise<number> {
    return countDoomed(this.database, tenant, which);
  }

  prune(tenant: string, which: Doomed): Promise<number> {
    return pruneEntries(this.database, tenant, which);
  }

  async stats(tenant: string): Promise<MemoryStats> {
    const [row] = await this.database.query<StatsRow>(sql.STATS, [tenant]);
    return {
      wal: { entries: row?.wal_entries ?? 0, bytes: row?.wal_bytes ?? 0, oldestEntry: row?.oldest ?? undefined },
      compacted: {
        segments: row?.segments ?? 0,
        bytes: row?.segment_bytes ?? 0,
        lastCompaction: row?.last_compaction ?? undefined,
      },
    };
  }

  compact(options: { before: Date; tenant?: string }, signal: AbortSignal): Promise<Compacted> {
    return compactEntries(this.database, options, signal);
  }

  /** An entry that was just put into a segment, or forgotten, while we looked, is looked for once more there. */
  private async entriesAt(tenant: string, places: Placed[], order: string[]): Promise<MemoryEntry[]> {
    const lying = places.filter(({ compacted }) => !compacted).map(({ no }) => no);
    const rows =
      lying.length > 0
        ? await this.database.query<EntryRow & Record<string, unknown>>(sql.READ_ENTRIES, [tenant, lying])
        : [];
    const found = new Map(rows.filter(({ content }) => content !== null).map((row) => [row.no, toEntry(row, false)]));
    const missing = places.filter(({ no }) => !found.has(no));
    for (const row of await readSegments(this.database, tenant, missing)) found.set(row.no, toEntry(row, true));
    return order.map((no) => found.get(no)).filter((entry) => entry !== undefined);
  }
}

interface FoundRow extends Record<string, unknown> {
  entries: string | null;
  length: string | null;
  frequencies: string[] | null;
  /** From 1. */
  asked: number[] | null;
  pack: Buffer | null;
}

interface StatsRow extends Record<string, unknown> {
  wal_entries: number;
  wal_bytes: number;
  segments: number;
  segment_bytes: number;
  last_compaction: Date | null;
  oldest: Date | null;
}

function placeOf({ tenant, stream, position }: { tenant: string; stream: string; position: number }) {
  return { tenant, stream, position };
}
