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
  const rows = entries.map((entry) => {
    const { tenant, no, stream, position, kind, created_at, author, user_id, agent_id, tags } = entry;
    const terms = termsOf(tenant, entry.content ?? '');
    const toks = [...new Set([...terms, ...scopesOf(tenant, entry)])];
    return {
      ...{ tenant, no, stream, position, kind, version, created_at, author, user_id, agent_id },
      tags: tags && tags.length > 0 ? tags : null,
      ...{ length: terms.length, bytes: Buffer.byteLength(entry.content ?? '') },
      ...{ toks, packed: asBytes(toks) },
    };
  });
  await client.query({ ...ADD_INDEX_ROWS, values: [JSON.stringify(rows)] });
  await client.query(TAKE_TERMS_IN);
  const counts = new TermCounts();
  for (const { tenant, toks } of rows) counts.add(tenant, toks, 1);
  await client.query({ ...COUNT_TERMS, values: counts.columns() });
  const totals = [...Map.groupBy(rows, ({ tenant }) => tenant)].map(([tenant, of]) => ({
    tenant,
    entries: of.length,
    length: of.reduce((sum, { length }) => sum + length, 0),
    bytes: of.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  await client.query({ ...COUNT_ENTRIES, values: [JSON.stringify(totals)] });
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
