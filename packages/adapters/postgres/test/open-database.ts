import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { Postgres } from '@openclaw/adapter-postgres';
import { InMemoryLogger } from '@openclaw/core/testing';
import pg from 'pg';

const admin = process.env['TEST_DATABASE_URL'] ?? '';

/** A database of a test's own, up to date: a replica over it, and a connection beside that. */
export interface OpenDatabase {
  url: string;
  postgres: Postgres;
  client: pg.Client;
  /** Leaves nothing behind. */
  close(): Promise<void>;
}

export async function openDatabase(poolSize: number): Promise<OpenDatabase> {
  const url = await createDatabase(admin, process.env['TEST_DATABASE_TEMPLATE']);
  const postgres = await Postgres.open({ url, poolSize, alone: false }, new InMemoryLogger());
  const client = new pg.Client(url);
  await client.connect();
  const close = async () => {
    await client.end();
    await postgres.close();
    await dropDatabase(admin, url);
  };
  return { url, postgres, client, close };
}
