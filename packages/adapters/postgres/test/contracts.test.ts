import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import {
  attemptStoreContract,
  channelStoresContract,
  conversationStoreContract,
  eventLogContract,
  idempotencyKeysContract,
  InMemoryLogger,
  lessonStoreContract,
  limitStoreContract,
  sendStoreContract,
  memoryIndexContract,
  settingsStoreContract,
  skillStoreContract,
  summaryStoreContract,
  tokenStoreContract,
  turnRelayContract,
  turnStoreContract,
  usageStoreContract,
  webhooksContract,
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

describe('PostgresSendStore', () =>
  sendStoreContract(it, async () => ({
    one: one.sends,
    two: two.sends,
    turns: two.turns,
    conversations: two.conversations,
    events: two.events,
    pass: async (ms) => {
      const passed = `interval '${ms} milliseconds'`;
      await inDatabase(`update idempotency_keys set created_at = created_at - ${passed};
        update sends set accepted_at = accepted_at - ${passed}, next_attempt_at = next_attempt_at - ${passed}`);
    },
    oneDies: () => inDatabase('update sends set owner = null where owner is not null'),
  })));

describe('PostgreSQL stores of channels', () =>
  channelStoresContract(it, async () => ({
    one: { inbox: one.inbox, links: one.links, turns: one.turns },
    two: { inbox: two.inbox, links: two.links, turns: two.turns },
    drafts: one.drafts,
    pairings: one.pairings,
    sends: one.sends,
    conversations: two.conversations,
    events: two.events,
    pass: (ms) =>
      inDatabase(`update channel_links set lease_until = lease_until - interval '${ms} milliseconds';
        update channel_pairings set expires_at = expires_at - interval '${ms} milliseconds', told_at = told_at - interval '${ms} milliseconds'`),
  })));
describe('the webhooks in PostgreSQL', () => {
  const earlier = (ms: number, column: string) => `${column} = ${column} - interval '${ms} milliseconds'`;
  return webhooksContract(it, async () => {
    await emptied('webhook_endpoints', 'webhook_events', 'webhook_deliveries', 'webhook_lanes');
    const { endpoints, deliveries, queue } = one.webhooks;
    return {
      endpoints,
      deliveries,
      one: queue,
      two: two.webhooks.queue,
      turns: one.turns,
      conversations: two.conversations,
      pass: (ms) =>
        inDatabase(`update webhook_lanes set ${earlier(ms, 'next_at')};
          update webhook_deliveries set ${earlier(ms, 'ended_at')};
          update webhook_endpoints set ${earlier(ms, 'failing_since')};
          update events set ${earlier(ms, 'at')}; select pg_sleep(0.005)`),
    };
  });
});
describe('PostgresSkillStore', () =>
  skillStoreContract(it, async () => {
    await emptied('skills', 'skill_uses');
    return one.skills;
  }));
describe('PostgresMemoryIndex', () =>
  memoryIndexContract(it, async () => ({ index: two.memory, turns: one.turns, conversations: one.conversations })));

describe('PostgresLessonStore', () =>
  lessonStoreContract(it, async () => ({
    index: two.memory,
    lessons: one.lessons,
    turns: one.turns,
    conversations: one.conversations,
  })));

describe('PostgresSummaryStore', () =>
  summaryStoreContract(it, async () => ({
    index: two.memory,
    summaries: one.summaries,
    turns: one.turns,
    conversations: one.conversations,
  })));
