import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { Postgres } from '@openclaw/adapter-postgres';
import { Conflict, hashedTerms, type MemoryEntry, newId } from '@openclaw/core';
import { InMemoryLogger } from '@openclaw/core/testing';
import pg from 'pg';

const admin = process.env['TEST_DATABASE_URL'] ?? '';
const never = new AbortController().signal;
const termsOf = (tenant: string, text: string) => hashedTerms(tenant, text.split(' '));
const TENANT = 't';
const WORKERS = 6;
const ROUNDS = 40;
let url: string;
let replicas: Postgres[];

beforeAll(async () => {
  url = await createDatabase(admin, process.env['TEST_DATABASE_TEMPLATE']);
  const open = () => Postgres.open({ url, poolSize: 8, alone: false }, new InMemoryLogger());
  replicas = await Promise.all([open(), open()]);
  // Messages are taken note of; nobody comes to learn from them within the test.
  const [one] = replicas;
  await one?.lessonJobs.start(
    1,
    () => ({ delaySeconds: 3_600 }),
    async () => undefined,
  );
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await dropDatabase(admin, url);
});

/** The same numbers in each run of the test; what the machine makes of them is another matter. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function work(postgres: Postgres, roll: (sides: number) => number): (() => Promise<unknown>)[] {
  const { memory, lessons, summaries, turns, conversations } = postgres;
  const text = () => Array.from({ length: 6 }, () => 'abcdefghij'[roll(10)]).join(' ');
  const conversation = () => `c${roll(4)}`;
  const any = async (fits: (entry: MemoryEntry) => boolean = () => true) => {
    const entries = (await memory.list(TENANT, { limit: 400 })).filter(fits);
    return entries[roll(Math.max(1, entries.length))]?.id ?? 'mem_none';
  };
  const say = async () => {
    const [turnId, conversationId] = [newId('msg'), conversation()];
    const { ref } = await turns.begin({
      ...{ tenant: TENANT, conversationId, turnId, request: {} },
      message: { id: newId('msg'), content: text(), metadata: { user_id: 'u' } },
      conversation: { channel: 'api', agentId: 'main', summary: '' },
      ...{ durable: false, historyLimits: { maxMessages: 1, maxTokens: 1 } },
    });
    const facts = { model: 'm', usage: { inputTokens: 1, outputTokens: 1 }, skillsUsed: [], latencyMs: 1 };
    await turns.complete(ref, { id: turnId, conversationId, content: text(), interrupted: false, ...facts });
  };
  return [
    say,
    say,
    say,
    () => memory.indexPending({ limit: 50, version: 1 }, termsOf),
    () => memory.indexPending({ tenant: TENANT, limit: 50, version: 1 }, termsOf),
    async () => {
      const lesson = await lessons.next(TENANT, conversation(), { turns: 4, context: 2 });
      const sources = lesson?.messages.filter(({ role }) => role === 'user').slice(0, 2) ?? [];
      if (!lesson || sources.length === 0) return;
      const replaces = [await any(({ tags }) => tags.includes('fact'))];
      const facts = [1, 2, 3].map(() => ({ content: text(), sources, replaces }));
      const until = Math.max(...lesson.messages.map(({ turnNo }) => turnNo));
      await lessons.learn(lesson, { until, facts, model: 'm' }, termsOf, 1);
    },
    () => memory.compact({ before: new Date(), tenant: TENANT, summaries: true }, never),
    async () => {
      const segment = await summaries.next();
      if (segment) await summaries.store(segment, { content: text(), model: 'm' }, termsOf, 1);
    },
    () => memory.add(TENANT, [{ content: text(), tags: [], createdAt: new Date() }], termsOf, 1),
    async () => memory.remove(TENANT, await any()),
    async () => roll(3) === 0 && conversations.delete(TENANT, conversation()),
    async () => roll(8) === 0 && memory.prune(TENANT, { before: new Date(), type: 'long-term' }),
    () => memory.reconcile({ tenant: TENANT }, never),
  ];
}

/** A conversation that is deleted while somebody speaks; and what PostgreSQL breaks up, which is tried again. */
function isForeseen(error: unknown): boolean {
  return error instanceof Conflict || (error instanceof Error && 'code' in error && error.code === '40P01');
}

it('stays whole while everything happens to a memory at once', async () => {
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      const roll = dice(worker + 1);
      const replica = replicas[worker % 2];
      if (!replica) throw new Error('there are two replicas');
      const actions = work(replica, roll);
      for (let round = 0; round < ROUNDS; round++)
        await actions[roll(actions.length)]?.().catch((error: unknown) => {
          if (!isForeseen(error)) throw error;
        });
    }),
  );
  const [one] = replicas;
  while ((await one?.memory.indexPending({ limit: 200, version: 1 }, termsOf)) !== 0);
  expect(await one?.memory.reconcile({ tenant: TENANT }, never)).toMatchObject({ mended: 0 });

  const database = new pg.Client(url);
  await database.connect();
  const many = async (what: string) =>
    (await database.query<{ many: number }>(`select count(*)::int as many from ${what}`)).rows[0]?.many;
  expect({
    lost: await many(
      `memory_index i where not compacted and not exists (select from memory_entries e where e.no = i.no)`,
    ),
    unindexed: await many(`memory_entries e where not exists (select from memory_index i where i.no = e.no)
      and not exists (select from memory_derived d where d.no = e.no and d.superseded_by is not null)`),
    foundThoughSuperseded: await many(
      `memory_derived d join memory_index i on i.no = d.no where d.superseded_by is not null`,
    ),
    notFound: await many(
      `memory_derived d where superseded_by is null and not exists (select from memory_index i where i.no = d.no)`,
    ),
    supersededByNothing: await many(`memory_derived d where superseded_by is not null
      and not exists (select from memory_derived s where s.no = d.superseded_by)`),
    madeOfNothing: await many(`memory_derived d cross join unnest(sources) as s (place)
      where not exists (select from memory_index i where i.stream = 'c:' || substr(d.stream, 3) and i.position = s.place)`),
    withoutBooks: await many(
      `memory_entries e where stream like 'd:%' and not exists (select from memory_derived d where d.no = e.no)`,
    ),
    ofNobody: await many(
      `memory_lessons l where not exists (select from conversations c where c.id = l.conversation_id)`,
    ),
  }).toEqual({
    ...{ lost: 0, unindexed: 0, foundThoughSuperseded: 0, notFound: 0, supersededByNothing: 0, madeOfNothing: 0 },
    ...{ withoutBooks: 0, ofNobody: 0 },
  });
  await database.end();
});
