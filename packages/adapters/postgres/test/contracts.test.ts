import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import {
  conversationStoreContract,
  InMemoryLogger,
  settingsStoreContract,
  tokenStoreContract,
  turnStoreContract,
} from '@openclaw/core/testing';
import { Postgres } from '@openclaw/adapter-postgres';
import pg from 'pg';

const admin = process.env['TEST_DATABASE_URL'] ?? '';
let url: string;
let one: Postgres;
let two: Postgres;

beforeAll(async () => {
  url = await createDatabase(admin);
  // Both at once: the replicas race for the migrations.
  [one, two] = await Promise.all([open(), open()]);
});

afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
  await dropDatabase(admin, url);
});

function open(): Promise<Postgres> {
  return Postgres.open({ url, poolSize: 5, alone: false }, new InMemoryLogger());
}

async function emptied(...tables: string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`truncate ${tables.join(', ')}`);
  await client.end();
}

describe('PostgresTurnStore', () =>
  turnStoreContract(it, async () => {
    await emptied('conversations', 'messages', 'turns');
    return { one: one.turns, two: two.turns, conversations: one.conversations };
  }));

describe('PostgresConversationStore', () =>
  conversationStoreContract(it, async () => ({ conversations: one.conversations, turns: one.turns })));

describe('PostgresTokenStore', () =>
  tokenStoreContract(it, async () => {
    await emptied('api_tokens');
    return one.tokens;
  }));

describe('PostgresSettingsStore', () =>
  settingsStoreContract(it, async () => {
    await emptied('settings');
    return one.settings;
  }));
