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
  rarest,
  type Reach,
  type Reconciled,
  type TermsOf,
} from '@openclaw/core';
import type { PoolClient, QueryResultRow } from 'pg';
import { type Database, type Statement, withValues } from '../database.js';
import { addNotes } from './adding.js';
import { unpackCandidates } from './candidate-pack.js';
import { compactEntries, type Ready } from './compaction.js';
import { countDoomed, type Doomed, forgetEntries, pruneEntries } from './forgetting.js';
import { IndexBatch, type Pending, reindexOutdated } from './indexing.js';
import { type EntryRow, toEntry } from './memory-rows.js';
import { reconcileCounters } from './reconciling.js';
import { type Place, readSegments } from './segments.js';
import * as sql from './statements.js';

type Placed = Place & { compacted: boolean } & Record<string, unknown>;
type PlacedEntry = EntryRow & Placed;

const OUTDATED_EVERY_MS = 60_000;
/** Entries that are read and cut into terms before anything else has its turn. */
const PORTION = 100;

type Noticed = Pick<Pending, 'tenant' | 'stream' | 'position'>;

/** What else is to be done for what was written, enqueued in that transaction. */
export interface FollowUp {
  indexed(client: PoolClient, entries: Noticed[]): Promise<void>;
  packed(client: PoolClient, segment: Ready): Promise<void>;
}

export class PostgresMemoryIndex extends MemoryIndex {
  private readonly upToDateUntil = new Map<number, number>();

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
    const [waiting] = await this.database.query<{ yes: boolean }>(sql.WAITING, [tenant ?? null]);
    let indexed = 0;
    if (waiting?.yes) {
      indexed = await this.database.transaction((client) =>
        this.takeIn(client, tenant, limit, new IndexBatch(client, termsOf, version)),
      );
    }
    if (indexed < limit && (await this.hasOutdated(version)))
      indexed += await reindexOutdated(this.database, limit - indexed, termsOf, version);
    return indexed;
  }

  private async takeIn(
    client: PoolClient,
    tenant: string | undefined,
    limit: number,
    batch: IndexBatch,
  ): Promise<number> {
    // Who waits for others at work finds fewer than there are: a tenant's own are taken at once.
    const [pending, whose, portion] =
      tenant === undefined ? [sql.PENDING, [], PORTION] : [sql.PENDING_OF_TENANT, [tenant], limit];
    const taken: Noticed[] = [];
    let more = true;
    while (more && taken.length < limit) {
      const many = Math.min(portion, limit - taken.length);
      const { rows } = await client.query<Pending>(withValues(pending, [many, ...whose]));
      more = rows.length === many;
      if (rows.length > 0) await batch.add(rows);
      for (const { tenant, stream, position } of rows) taken.push({ tenant, stream, position });
    }
    if (taken.length === 0) return 0;
    // Before the terms are counted: who learns takes its locks in this order.
    await this.follow.indexed(client, taken);
    await batch.count();
    return taken.length;
  }

  /** Where there were none, only a replica with an older analyser makes them: it is looked for seldom. */
  private async hasOutdated(version: number): Promise<boolean> {
    if (performance.now() < (this.upToDateUntil.get(version) ?? 0)) return false;
    const [outdated] = await this.database.query<{ yes: boolean }>(sql.OUTDATED, [version]);
    if (!outdated?.yes) this.upToDateUntil.set(version, performance.now() + OUTDATED_EVERY_MS);
    return outdated?.yes === true;
  }

  async find(tenant: string, terms: number[], filter: MemoryFilter, reach: Reach): Promise<Found> {
    const rows = await this.database.query<FoundRow>(sql.FIND, sql.findValues(tenant, terms, filter, reach));
    const [row] = rows;
    const pieces = rows.flatMap(({ pack }) => pack ?? []);
    const pack = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    const frequencies = (row?.frequencies ?? []).map(Number);
    const asked = rarest(frequencies);
    const bits = asked.map((place) => terms[place] ?? 0);
    return {
      waiting: row?.waiting === true,
      entries: Number(row?.entries ?? 0),
      totalLength: Number(row?.length ?? 0),
      ...{ frequencies, asked, candidates: unpackCandidates(pack, bits) },
    };
  }

  async read(tenant: string, nos: string[], filter: MemoryFilter): Promise<MemoryEntry[]> {
    if (nos.length === 0) return [];
    const { values, ...statement } = sql.readStatement(filter);
    const entries = await entriesOf(this.database, tenant, statement, [tenant, nos, ...values]);
    return nos.map((no) => entries.get(no)).filter((entry) => entry !== undefined);
  }

  /** As of one moment: of an entry whose segment went between two looks nothing would be left, and a shorter page be taken for the last. */
  list(tenant: string, { after, limit }: { after?: string; limit: number }): Promise<MemoryEntry[]> {
    return this.database.transaction(async (client) => {
      await client.query('set transaction isolation level repeatable read, read only');
      const entries = await entriesOf(readerOf(client), tenant, sql.LIST, [tenant, after ?? '0', limit]);
      return [...entries.values()];
    });
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
        entries: row?.segment_entries ?? 0,
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
}

type Reader = Pick<Database, 'query'>;

function readerOf(client: PoolClient): Reader {
  return {
    query: async <Row extends QueryResultRow>(statement: Statement | string, values: unknown[] = []) =>
      (await client.query<Row>(withValues(statement, values))).rows,
  };
}

/** By their numbers, in the order in which the statement gives them. */
async function entriesOf(
  reader: Reader,
  tenant: string,
  statement: Statement,
  values: unknown[],
): Promise<Map<string, MemoryEntry>> {
  const rows = await reader.query<PlacedEntry>(statement, values);
  const packed = await readSegments(
    reader,
    tenant,
    rows.filter(({ compacted }) => compacted),
  );
  const unpacked = new Map(packed.map((row) => [row.no, row]));
  const entries = new Map<string, MemoryEntry>();
  for (const row of rows) {
    const whole = row.compacted ? unpacked.get(row.no) : row;
    // A message that has just gone with its conversation has no text.
    if (whole && whole.content !== null) entries.set(row.no, toEntry(whole, row.compacted));
  }
  return entries;
}

interface FoundRow extends Record<string, unknown> {
  waiting: boolean | null;
  entries: string | null;
  length: string | null;
  frequencies: string[] | null;
  pack: Buffer | null;
}

interface StatsRow extends Record<string, unknown> {
  wal_entries: number;
  wal_bytes: number;
  segments: number;
  segment_entries: number;
  segment_bytes: number;
  last_compaction: Date | null;
  oldest: Date | null;
}
