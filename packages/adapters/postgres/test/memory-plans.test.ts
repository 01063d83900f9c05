import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { InMemoryLogger } from '@openclaw/core/testing';
import type { PoolClient } from 'pg';
import { Database } from '../src/database.js';
import { PostgresMemoryIndex } from '../src/memory/postgres-memory-index.js';
import { FIND, readStatement } from '../src/memory/statements.js';

const admin = process.env['TEST_DATABASE_URL'] ?? '';
let url: string;
let database: Database;

beforeAll(async () => {
  url = await createDatabase(admin);
  database = await Database.open({ url, poolSize: 1 }, new InMemoryLogger());
});

afterAll(async () => {
  await database.close();
  await dropDatabase(admin, url);
});

const UNFILTERED = Array<null>(8).fill(null);
const WITHIN_CONVERSATION = [...Array<null>(5).fill(null), 'c1', null, null];

/** Conversations of 100 turns each, remembered and indexed; an entry's number is its only term. */
const fill = (from: number, to: number) => `
  insert into conversations (tenant, id, channel, agent_id, summary, last_turn)
  select 't', 'c' || c, 'api', 'main', '', 100 from generate_series(${from}, ${to}) c;
  insert into messages (tenant, conversation_id, turn_no, step, id, role, content, announced)
  select 't', 'c' || c, turn, step, format('m%s-%s-%s', c, turn, step), case step when 0 then 'user' else 'assistant' end, 'x', true
  from generate_series(${from}, ${to}) c, generate_series(1, 100) turn, generate_series(0, 1) step;
  insert into memory_index (tenant, no, stream, position, kind, created_at, version, length, bytes, toks)
  select tenant, no, stream, position, kind, created_at, 1, 1, 1, array[no] from memory_entries where not indexed;
  insert into memory_terms (tenant, term, entries) select tenant, no, 1 from memory_entries where not indexed;
  insert into memory_totals as t (tenant, entries) select tenant, count(*) from memory_entries where not indexed group by tenant
  on conflict (tenant) do update set entries = t.entries + excluded.entries;
  update memory_entries set indexed = true where not indexed;
`;

it('reads what it shows by its place, by plans that were made on small tables, too', async () => {
  const read = readStatement({});
  const statements = [
    (nos: string[]) => ({ ...read, values: ['t', nos, ...read.values] }),
    (nos: string[]) => ({ ...FIND, values: ['t', nos, 1_000, 300, 20_000, 1_000, ...UNFILTERED, false] }),
    (nos: string[]) => ({ ...FIND, values: ['t', nos, 200, 0, 0, 0, ...WITHIN_CONVERSATION, false] }),
  ];
  await database.run(fill(1, 1));
  await database.transaction(async (client) => {
    for (const statement of statements) for (let i = 0; i < 7; i++) await client.query(statement(['1']));
    await client.query(fill(2, 30));
  });
  const found = await database.query<{ no: string }>('select no::text from memory_index order by random() limit 10');
  const nos = found.map(({ no }) => no);
  for (const statement of statements)
    await database.transaction(async (client) => {
      // What earlier transactions read may not have been handed over yet, and counts along.
      const before = await rowsRead(client);
      const { rows } = await client.query(statement(nos));
      expect(rows.length).toBeGreaterThan(0);
      const after = await rowsRead(client);
      // Ten of each.
      for (const [table, many] of after) {
        const more = many - (before.get(table) ?? 0);
        expect(`${table}: ${more <= 20 ? 'few' : more}`).toBe(`${table}: few`);
      }
    });
});

it('finds what an older replica has indexed, whose terms lie nowhere as bytes', async () => {
  await database.run(`insert into memory_index (tenant, no, stream, position, kind, created_at, version, length, bytes, author, toks)
    select 'older', 100000 + n, 's:x', n, 'note', '2026-01-02T03:04:05Z', 1, 2, 1, 'Zoë', array[5 + n, -7] from generate_series(0, 1) n;
    insert into memory_terms (tenant, term, entries) values ('older', 5, 1), ('older', 6, 1), ('older', -7, 2);
    insert into memory_totals (tenant, entries, length) values ('older', 2, 4)`);
  const follow = { indexed: async () => undefined, packed: async () => undefined };
  const reach = { fresh: false, entries: 500, paired: 0, postings: 0, newest: 0 };
  const found = await new PostgresMemoryIndex(database, follow).find('older', [6, -7], {}, reach);
  const facts = { length: 2, stream: 's:x', author: 'Zoë', createdAt: new Date('2026-01-02T03:04:05Z') };
  expect(found.candidates.toSorted((a, b) => a.position - b.position)).toEqual([
    { ...facts, no: '100000', position: 0, mask: 2 },
    { ...facts, no: '100001', position: 1, mask: 3 },
  ]);
});

async function rowsRead(client: PoolClient): Promise<Map<string, number>> {
  const { rows } = await client.query<{ relname: string; read: string }>(
    `select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) as read from pg_stat_xact_user_tables
     where relname in ('memory_index', 'memory_entries', 'memory_terms', 'messages', 'conversations')`,
  );
  return new Map(rows.map(({ relname, read }) => [relname, Number(read)]));
}
