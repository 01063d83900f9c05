import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { InMemoryLogger, vectorIndexContract } from '@openclaw/core/testing';
import { Postgres } from '@openclaw/adapter-postgres';
import pg from 'pg';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { missingPgvector, startClusterWithPgvector } from '../../../../test/machine/pgvector.js';
import { Database } from '../src/database.js';
import { PostgresVectorIndex } from '../src/memory/vectors/postgres-vector-index.js';

const plain = process.env['TEST_DATABASE_URL'] ?? '';

function contractOn(adminUrl: () => string, pgvector: boolean): void {
  let admin: string;
  const logger = new InMemoryLogger();
  let url: string;
  let postgres: Postgres;
  let database: Database;

  beforeAll(async () => {
    admin = adminUrl();
    url = await createDatabase(admin);
    postgres = await Postgres.open({ url, poolSize: 5, alone: false }, logger);
    database = await Database.open({ url, poolSize: 5 }, logger);
  });

  afterAll(async () => {
    await postgres.close();
    await database.close();
    await dropDatabase(admin, url);
  });

  vectorIndexContract(it, async () => ({
    vectors: postgres.vectors,
    narrow: new PostgresVectorIndex(database, logger, 3),
    index: postgres.memory,
    conversations: postgres.conversations,
  }));

  it(
    pgvector ? 'uses the extension, and its index once that is worth it' : 'says why it does without the extension',
    async () => {
      const notes = Array.from({ length: 5 }, () => ({ content: 'x', tags: [], createdAt: new Date() }));
      await postgres.memory.add('many', notes, () => [], 1);
      const narrow = new PostgresVectorIndex(database, logger, 3);
      const id = await narrow.use({ provider: 'p', model: 'indexed', dimensions: undefined });
      const vectorOf = (place: number) => Float32Array.of(Math.cos(place / 10), Math.sin(place / 10));
      const given = (await narrow.waiting(id, 1_000)).map((one, place) => ({ ...one, vector: vectorOf(place) }));
      await narrow.store(id, given);
      expect(await narrow.waiting(id, 1)).toEqual([]);
      const query = { model: id, vector: vectorOf(0), filter: {}, limit: 2, lexical: [] };
      const near = await narrow.nearest('many', query);
      const own = given.filter(({ tenant }) => tenant === 'many').map(({ no }) => no);
      expect(near.map(({ no }) => no)).toEqual(pgvector ? own.slice(0, 2) : []);
      expect(await narrow.nearest('many', { ...query, filter: { userId: 'nobody' } })).toEqual([]);
      const columns = await database.query(
        `select 1 from pg_attribute where attrelid = 'memory_vectors'::regclass and attname = 'embedding'`,
      );
      const indexes = await database.query(`select 1 from pg_class where relname like 'memory_vectors_hnsw_%'`);
      expect([columns.length, indexes.length]).toEqual(pgvector ? [1, 1] : [0, 0]);
      const said = logger.entries.filter(({ message }) => message.includes('without pgvector'));
      expect(said.length > 0).toBe(!pgvector);
    },
  );

  it('queues nothing, and costs nothing, where no model is used', async () => {
    await postgres.vectors.useNone();
    const note = { content: 'x', tags: [], createdAt: new Date() };
    await postgres.memory.add('nobody', [note], () => [], 1);
    expect(await database.query('select 1 from memory_unembedded')).toEqual([]);
  });

  it('uses one model, whichever of several replicas says so first', async () => {
    const others = Array.from({ length: 4 }, () => new PostgresVectorIndex(database, logger));
    const model = { provider: 'p', model: 'raced for', dimensions: 3 };
    const ids = await Promise.all(others.map((other) => other.use(model)));
    expect(new Set(ids).size).toBe(1);
    expect(await database.query('select 1 from memory_embedding_models where active')).toHaveLength(1);
  });
}

describe('PostgresVectorIndex on plain PostgreSQL', () => contractOn(() => plain, false));

describeWith([missingPgvector], 'with pgvector', () => {
  let cluster: { url: string; stop(): Promise<void> };
  beforeAll(async () => {
    cluster = await startClusterWithPgvector();
  });
  afterAll(() => cluster.stop());

  describe('PostgresVectorIndex', () => contractOn(() => cluster.url, true));

  describe('pgvector that comes later', () => {
    it('is given the vectors that are there', async () => {
      const url = await createDatabase(cluster.url);
      const logger = new InMemoryLogger();
      const postgres = await Postgres.open({ url, poolSize: 5, alone: false }, logger);
      try {
        const client = new pg.Client(url);
        await client.connect();
        const note = { content: 'x', tags: [], createdAt: new Date() };
        await postgres.memory.add('t', [note, note], () => [], 1);
        const [one, two] = await postgres.memory.list('t', { limit: 2 });
        const model = { provider: 'p', model: 'm', dimensions: 2 };
        const id = await postgres.vectors.use(model);
        const vector = Float32Array.of(0.6, 0.8);
        await postgres.vectors.store(id, [{ tenant: 't', no: one?.no ?? '', vector }]);
        await client.query('update memory_vectors set embedding = null');
        await client.end();
        expect(await postgres.vectors.waiting(id, 10)).toEqual([{ tenant: 't', no: two?.no }]);
        const query = { model: id, vector, filter: {}, limit: 5, lexical: [] };
        const [near] = await postgres.vectors.nearest('t', query);
        expect(near?.no).toBe(one?.no);
        expect(near?.cosine).toBeCloseTo(1, 2);
      } finally {
        await postgres.close();
        await dropDatabase(cluster.url, url);
      }
    });
  });
});
