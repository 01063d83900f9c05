import {
  type Candidate,
  type Compacted,
  type MemoryEntry,
  type MemoryFilter,
  MemoryIndex,
  type MemoryStats,
  memoryId,
  type NewNote,
  noteStream,
  numberOfMemory,
  type Reconciled,
  type TermsOf,
  type TermStatistics,
} from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import { addNotes } from './adding.js';
import { compactEntries, type Ready } from './compaction.js';
import { countDoomed, type Doomed, forgetEntries, pruneEntries } from './forgetting.js';
import { indexRows, type Pending, reindexOutdated } from './indexing.js';
import { type CandidateRow, type EntryRow, toCandidate, toEntry } from './memory-rows.js';
import { reconcileCounters } from './reconciling.js';
import { type Place, readSegments } from './segments.js';
import * as sql from './statements.js';

type Placed = Place & { compacted: boolean } & Record<string, unknown>;

/** What else is to be done for what was written, enqueued in that transaction. */
export interface FollowUp {
  indexed(client: PoolClient, entries: Pending[]): Promise<void>;
  packed(client: PoolClient, segment: Ready): Promise<void>;
}

export class PostgresMemoryIndex extends MemoryIndex {
  constructor(
    private readonly database: Database,
    private readonly follow: FollowUp,
  ) {
    super();
  }

  async add(
    tenant: string,
    notes: NewNote[],
    termsOf: TermsOf,
    version: number,
  ): Promise<{ id: string; createdAt: Date }[]> {
    if (notes.length === 0) return [];
    return this.database.transaction(async (client) => {
      const added = await addNotes(client, tenant, notes, termsOf, version);
      return added.map(({ id, createdAt }) => ({ id, createdAt }));
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
        const { rows } = await client.query<Pending>({
          ...(tenant === undefined ? sql.PENDING : sql.PENDING_OF_TENANT),
          values: tenant === undefined ? [limit] : [limit, tenant],
        });
        if (rows.length === 0) return 0;
        await client.query({ ...sql.MARK_INDEXED, values: [JSON.stringify(rows.map(placeOf))] });
        // Before the terms are counted: who learns takes its locks in this order.
        await this.follow.indexed(client, rows);
        await indexRows(client, rows, termsOf, version);
        return rows.length;
      });
    }
    if (waiting?.outdated && indexed < limit)
      indexed += await reindexOutdated(this.database, limit - indexed, termsOf, version);
    return indexed;
  }

  async statistics(tenant: string, terms: number[]): Promise<TermStatistics> {
    const [row] = await this.database.query<{ entries: number; length: number; frequencies: number[] }>(
      sql.STATISTICS,
      [tenant, terms],
    );
    return { entries: row?.entries ?? 0, totalLength: row?.length ?? 0, frequencies: row?.frequencies ?? [] };
  }

  async candidates(tenant: string, terms: number[], filter: MemoryFilter): Promise<Candidate[]> {
    const { text, values } = sql.candidatesStatement(tenant, terms, filter);
    return (await this.database.query<CandidateRow & Record<string, unknown>>(text, values)).map(toCandidate);
  }

  async newest(tenant: string, terms: number[], filter: MemoryFilter, limit: number): Promise<Candidate[]> {
    const { text, values } = sql.newestStatement(tenant, terms, filter, limit);
    const rows = await this.database.query<CandidateRow & Record<string, unknown>>(text, values);
    return rows.filter(({ mask }) => mask !== 0).map(toCandidate);
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

  compact(options: { before: Date; tenant?: string; summaries?: boolean }, signal: AbortSignal): Promise<Compacted> {
    return compactEntries(this.database, options, signal, async (client, segment) => {
      if (options.summaries === true && segment.stream.startsWith('c:')) await this.follow.packed(client, segment);
    });
  }

  reconcile({ tenant }: { tenant?: string }, signal: AbortSignal): Promise<Reconciled> {
    return reconcileCounters(this.database, tenant, signal);
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
