import type { TermsOf } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import { packTerms } from './candidate-pack.js';
import type { EntryRow } from './memory-rows.js';
import { scopesOf } from './scopes.js';
import { readSegments } from './segments.js';
import { ADD_INDEX_ROWS, COUNT_ENTRIES, COUNT_TERMS, READ_ENTRIES, TAKE_TERMS_IN } from './statements.js';

export type Pending = EntryRow & { tenant: string };

/** Writes the entries' index rows and counts their terms, in the caller's transaction. */
export async function indexRows(
  client: PoolClient,
  entries: Pending[],
  termsOf: TermsOf,
  version: number,
): Promise<void> {
  const batch = new IndexBatch(client, termsOf, version);
  await batch.add(entries);
  await batch.count();
}

/**
 * Entries that are indexed in one transaction. In portions, because what a portion was made of is garbage when the next one is read, and
 * because calls are answered between them; their terms are filed and counted once, because many portions have the same ones.
 */
export class IndexBatch {
  private readonly terms = new TermCounts();
  private readonly totals = new Map<string, { entries: number; length: number; bytes: number }>();

  constructor(
    private readonly client: PoolClient,
    private readonly termsOf: TermsOf,
    private readonly version: number,
  ) {}

  /** Writes their index rows. */
  async add(entries: Pending[]): Promise<void> {
    const rows = JSON.stringify(entries.map((entry) => this.row(entry)));
    await this.client.query({ ...ADD_INDEX_ROWS, values: [rows] });
  }

  /** After the last portion. */
  async count(): Promise<void> {
    await this.client.query(TAKE_TERMS_IN);
    await this.client.query({ ...COUNT_TERMS, values: this.terms.columns() });
    const totals = [...this.totals].map(([tenant, total]) => ({ tenant, ...total }));
    await this.client.query({ ...COUNT_ENTRIES, values: [JSON.stringify(totals)] });
  }

  private row(entry: Pending): Record<string, unknown> {
    const { tenant, no, stream, position, kind, created_at, author, user_id, agent_id, tags } = entry;
    const terms = this.termsOf(tenant, entry.content ?? '');
    const toks = [...new Set([...terms, ...scopesOf(tenant, entry)])];
    const bytes = Buffer.byteLength(entry.content ?? '');
    this.terms.add(tenant, toks, 1);
    let total = this.totals.get(tenant);
    if (!total) this.totals.set(tenant, (total = { entries: 0, length: 0, bytes: 0 }));
    total.entries++;
    total.length += terms.length;
    total.bytes += bytes;
    return {
      ...{ tenant, no, stream, position, kind, version: this.version, created_at, author, user_id, agent_id },
      tags: tags && tags.length > 0 ? tags : null,
      ...{ length: terms.length, bytes, toks, packed: asBytes(toks) },
    };
  }
}

const LOCK_OUTDATED = `select tenant, no::text, stream, position, compacted, kind, user_id, tags, length, toks from memory_index
  where version < $1 limit $2 for update skip locked`;

const RENEW = `update memory_index i set toks = d.toks, packed = d.packed, length = d.length, version = $2
  from json_to_recordset($1) as d (tenant text, no bigint, length integer, toks int4[], packed bytea) where i.tenant = d.tenant and i.no = d.no`;

const CHANGE_LENGTHS = `update memory_totals t set length = t.length + d.more
  from (select tenant, sum(more) as more from json_to_recordset($1) as d (tenant text, more bigint) group by tenant order by tenant) d
  where t.tenant = d.tenant`;

interface Renewed {
  tenant: string;
  no: string;
  length: number;
  toks: number[];
  packed: string;
  more: number;
}

interface Outdated {
  tenant: string;
  no: string;
  stream: string;
  position: number;
  compacted: boolean;
  kind: string;
  user_id: string | null;
  tags: string[] | null;
  length: number;
  toks: number[];
}

/** Gives entries that an older analyser has cut the terms of this one. They can be found all the while, by the one or the other. */
export async function reindexOutdated(
  database: Database,
  limit: number,
  termsOf: TermsOf,
  version: number,
): Promise<number> {
  return database.transaction(async (client) => {
    const { rows } = await client.query<Outdated>(LOCK_OUTDATED, [version, limit]);
    const counts = new TermCounts();
    const renewed: Renewed[] = [];
    for (const [tenant, of] of Map.groupBy(rows, (row) => row.tenant)) {
      const nos = of.filter(({ compacted }) => !compacted).map(({ no }) => no);
      const read = await client.query<EntryRow>({ ...READ_ENTRIES, values: [tenant, nos] });
      const packed = await readSegments(
        database,
        tenant,
        of.filter(({ compacted }) => compacted),
      );
      const texts = new Map([...read.rows, ...packed].map(({ no, content }) => [no, content ?? '']));
      for (const { no, ...old } of of) {
        const terms = termsOf(tenant, texts.get(no) ?? '');
        const toks = [...new Set([...terms, ...scopesOf(tenant, old)])];
        counts.add(tenant, old.toks, -1);
        counts.add(tenant, toks, 1);
        renewed.push({
          ...{ tenant, no, toks, packed: asBytes(toks) },
          ...{ length: terms.length, more: terms.length - old.length },
        });
      }
    }
    await client.query(RENEW, [JSON.stringify(renewed), version]);
    await client.query(TAKE_TERMS_IN);
    await client.query({ ...COUNT_TERMS, values: counts.columns() });
    await client.query(CHANGE_LENGTHS, [JSON.stringify(renewed.map(({ tenant, more }) => ({ tenant, more })))]);
    return rows.length;
  });
}

/** As PostgreSQL reads bytes. */
function asBytes(toks: number[]): string {
  return `\\x${packTerms(toks).toString('hex')}`;
}

/** How many entries more each term is in. */
class TermCounts {
  private readonly tenants = new Map<string, Map<number, number>>();

  add(tenant: string, terms: number[], by: number): void {
    let counts = this.tenants.get(tenant);
    if (!counts) this.tenants.set(tenant, (counts = new Map()));
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + by);
  }

  columns(): [tenants: string[], terms: number[], counts: number[]] {
    const all = [...this.tenants].flatMap(([tenant, counts]) =>
      [...counts].filter(([, count]) => count !== 0).map(([term, count]) => [tenant, term, count] as const),
    );
    return [all.map(([tenant]) => tenant), all.map(([, term]) => term), all.map(([, , count]) => count)];
  }
}
