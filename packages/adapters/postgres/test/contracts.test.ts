import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import {
  attemptStoreContract,
  conversationStoreContract,
  eventLogContract,
  idempotencyKeysContract,
  InMemoryLogger,
  limitStoreContract,
  settingsStoreContract,
  skillStoreContract,
  tokenStoreContract,
  turnRelayContract,
  turnStoreContract,
  usageStoreContract,
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

function emptied(...tables: string[]): Promise<void> {
  return inDatabase(`truncate ${tables.join(', ')}`);
}

async function inDatabase(statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

describe('PostgresTurnStore', () =>
  turnStoreContract(it, async () => {
    await emptied('conversations', 'messages', 'turns');
    return { one: one.turns, two: two.turns, conversations: one.conversations };
  }));

describe('PostgresTurnRelay', () =>
  turnRelayContract(it, async () => ({
    one: { relay: one.relay, turns: one.turns },
    two: { relay: two.relay, turns: two.turns },
    conversations: two.conversations,
  })));

describe('PostgresIdempotencyKeys', () =>
  idempotencyKeysContract(it, async () => {
    await emptied('conversations', 'messages', 'turns', 'idempotency_keys');
    return {
      one: { keys: one.idempotencyKeys, turns: one.turns },
      two: { keys: two.idempotencyKeys, turns: two.turns },
      conversations: one.conversations,
      pass: (ms) => inDatabase(`update idempotency_keys set created_at = created_at - interval '${ms} milliseconds'`),
    };
  }));

describe('PostgresConversationStore', () =>
  conversationStoreContract(it, async () => ({ conversations: one.conversations, turns: one.turns })));

describe('PostgresEventLog', () =>
  eventLogContract(it, async () => ({ events: two.events, turns: one.turns, conversations: one.conversations })));

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

describe('PostgresLimitStore', () =>
  limitStoreContract(it, async () => {
    await emptied('rate_windows');
    return { one: one.limits, two: two.limits };
  }));

describe('PostgresAttemptStore', () =>
  attemptStoreContract(it, async () => {
    await emptied('failed_attempts');
    return { one: one.attempts, two: two.attempts };
  }));

describe('PostgresUsageStore', () =>
  usageStoreContract(it, async () => {
    await emptied('usage_by_hour');
    return one.usage;
  }));

describe('PostgresSkillStore', () =>
  skillStoreContract(it, async () => {
    await emptied('skills', 'skill_uses');
    return one.skills;
  }));
