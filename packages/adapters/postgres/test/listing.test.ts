import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { Postgres } from '@openclaw/adapter-postgres';
import { InMemoryLogger } from '@openclaw/core/testing';
import pg from 'pg';

/** Of a slow machine: there is much to delete and to compare. */
const PATIENCE_MS = 240_000;

const admin = process.env['TEST_DATABASE_URL'] ?? '';
let url: string;
let client: pg.Client;
let one: Postgres;
let two: Postgres;

beforeAll(async () => {
  url = await createDatabase(admin, process.env['TEST_DATABASE_TEMPLATE']);
  one = await Postgres.open({ url, poolSize: 3, alone: false }, new InMemoryLogger());
  two = await Postgres.open({ url, poolSize: 3, alone: false }, new InMemoryLogger());
  client = new pg.Client(url);
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await Promise.all([one.close(), two.close()]);
  await dropDatabase(admin, url);
});

/** Conversations of the past, put there before anybody asks. */
async function seed(tenant: string, count: number, newestAgeSeconds: number): Promise<void> {
  await client.query(
    `insert into conversations (tenant, id, channel, agent_id, summary, created_at)
     select $1, 'c' || gen_random_uuid(), 'api', 'main', '', now() - make_interval(secs => $3 + i / 7) from generate_series(1, $2::int) i`,
    [tenant, count, newestAgeSeconds],
  );
}

async function open(tenant: string, count: number): Promise<void> {
  await client.query(
    `insert into conversations (tenant, id, channel, agent_id, summary, created_at)
     select $1, 'c' || gen_random_uuid(), 'api', 'main', '', date_trunc('milliseconds', clock_timestamp()) from generate_series(1, $2::int)`,
    [tenant, count],
  );
}

/** On both replicas, each with as many at once as it has connections. */
async function deleteAll(tenant: string, ids: string[]): Promise<void> {
  const left = [...ids];
  const worker = async ({ conversations }: Postgres) => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await conversations.delete(tenant, id);
  };
  await Promise.all([one, one, one, two, two, two].map(worker));
}

/** The list as a plain query gives it. */
async function truth(tenant: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'select id from conversations where tenant = $1 order by created_at desc, id desc',
    [tenant],
  );
  return rows.map((row) => row.id);
}

async function expectPages(tenant: string): Promise<void> {
  const all = await truth(tenant);
  for (const store of [one.conversations, two.conversations]) {
    for (const offset of [
      0,
      13,
      499,
      500,
      501,
      1_490,
      Math.floor(all.length / 2),
      all.length - 20,
      all.length - 1,
      all.length,
    ]) {
      const page = await store.list(tenant, {}, { limit: 20, offset });
      expect(page.total).toBe(all.length);
      expect(page.conversations.map((conversation) => conversation.id)).toEqual(all.slice(offset, offset + 20));
    }
  }
}

it(
  'gives every page of a long list exactly, while conversations come and go on other replicas',
  async () => {
    await seed('acme', 6_000, 1_000);
    await seed('other', 700, 100);
    await expectPages('acme');

    await open('acme', 1_700);
    await expectPages('acme');

    const all = await truth('acme');
    await deleteAll(
      'acme',
      all.filter((_, i) => i % 97 === 0),
    );
    await expectPages('acme');
    await expectPages('other');
  },
  PATIENCE_MS,
);

it(
  'counts anew when more was deleted than is remembered',
  async () => {
    await seed('busy', 2_400, 100);
    await expectPages('busy');
    const all = await truth('busy');
    await deleteAll('busy', all.slice(700, 1_710));
    await expectPages('busy');
    const { rows } = await client.query<{ kept: number }>(
      "select count(*)::int as kept from conversation_deletions where tenant = 'busy'",
    );
    expect(rows[0]?.kept).toBeLessThanOrEqual(1_000);
  },
  PATIENCE_MS,
);
