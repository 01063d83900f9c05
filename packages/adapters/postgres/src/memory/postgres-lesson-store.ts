import {
  FACT_TAG,
  factKey,
  learnedStream,
  type Learned,
  type Lesson,
  LessonStore,
  type NewFact,
  type TermsOf,
} from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Database } from '../database.js';
import { addNotes } from './adding.js';
import {
  HOLD_CONVERSATION,
  IS_REMEMBERED,
  MESSAGE_COLUMNS,
  type MessageRow,
  speakerOf,
  STILL_REMEMBERED,
  toMessage,
} from './conversation-messages.js';
import { type ActiveFact, activeFacts, noteDerived, supersede } from './derived.js';

interface CourseRow extends Record<string, unknown> {
  agent_id: string;
  learned: number;
  user_id: string | null;
  shared: boolean | null;
  /** The first turn that has not ended or is not indexed; null: there is none. */
  open: number | null;
}

const COURSE = `select c.agent_id, coalesce(l.learned, 0) as learned, l.user_id, l.shared, least(
    (select min(t.no) from turns t where t.tenant = $1 and t.conversation_id = $2 and t.failed_at is null),
    (select min(e.position) / 2 + 1 from memory_entries e where e.tenant = $1 and e.stream = 'c:' || $2 and not e.indexed)
  ) as open
  from conversations c left join memory_lessons l on l.tenant = c.tenant and l.conversation_id = c.id
  where c.tenant = $1 and c.id = $2`;

/** What is remembered of the turns from $3 to the $5-th one behind $4; none from $6 on. */
const MESSAGES = `with remembered as (
    select m.* from messages m
    where m.tenant = $1 and m.conversation_id = $2 and m.turn_no >= $3 and ($6::integer is null or m.turn_no < $6)
      and ${IS_REMEMBERED}
    order by m.turn_no, m.step limit $5::integer * 2 + 2 * ($4::integer - $3::integer + 1)
  )
  select ${MESSAGE_COLUMNS} from remembered
  where turn_no <= $4 or turn_no in (select distinct turn_no from remembered where turn_no > $4 order by turn_no limit $5::integer)
  order by turn_no, step`;

const MOVE_ON = `insert into memory_lessons as l (tenant, conversation_id, learned, user_id, shared) values ($1, $2, $4, $5, $6)
  on conflict (tenant, conversation_id) do update set learned = excluded.learned, user_id = excluded.user_id, shared = excluded.shared
  where l.learned = $3`;

export class PostgresLessonStore extends LessonStore {
  constructor(private readonly database: Database) {
    super();
  }

  async next(
    tenant: string,
    conversationId: string,
    { turns, context }: { turns: number; context: number },
  ): Promise<Lesson | undefined> {
    const [course] = await this.database.query<CourseRow>(COURSE, [tenant, conversationId]);
    if (!course) return undefined;
    const { learned, open, agent_id: agentId } = course;
    const from = Math.max(1, learned - context + 1);
    const rows = await this.database.query<MessageRow>(MESSAGES, [tenant, conversationId, from, learned, turns, open]);
    if (!rows.some(({ turn_no }) => turn_no > learned)) return undefined;
    return { tenant, conversationId, agentId, userId: userOf(course, rows), learned, messages: rows.map(toMessage) };
  }

  async learn(
    lesson: Lesson,
    { until, facts, model }: { until: number; facts: NewFact[]; model: string | undefined },
    termsOf: TermsOf,
    version: number,
  ): Promise<Learned | undefined> {
    const { tenant, conversationId, userId, learned } = lesson;
    return this.database.transaction(async (client) => {
      const { rowCount: there } = await client.query(HOLD_CONVERSATION, [tenant, conversationId]);
      if (there === 0) return undefined;
      const course = [tenant, conversationId, learned, until, userId ?? null, userId === undefined];
      const { rowCount: moved } = await client.query(MOVE_ON, course);
      if (moved === 0) return undefined;
      if (facts.length === 0) return { added: 0, superseded: 0 };
      return storeFacts(client, lesson, await stillRemembered(client, lesson, facts), model, termsOf, version);
    });
  }
}

async function storeFacts(
  client: PoolClient,
  { tenant, conversationId, agentId, userId }: Lesson,
  facts: NewFact[],
  model: string | undefined,
  termsOf: TermsOf,
  version: number,
): Promise<Learned> {
  const owner = userId === undefined ? `c:${conversationId}` : `u:${userId}`;
  const known = await activeFacts(
    client,
    tenant,
    { owner, conversationId },
    facts.flatMap(({ replaces }) => replaces),
    facts.map(keyOf),
  );
  const taken = new Set<string>();
  const chosen = facts.flatMap((fact) => {
    const digest = keyOf(fact);
    if (taken.has(digest)) return [];
    taken.add(digest);
    const same = known.find((one) => one.owner === owner && one.digest === digest);
    if (same?.here) return [];
    const old = known.filter((one) => (one === same || fact.replaces.includes(one.id)) && !taken.has(one.no));
    for (const { no } of old) taken.add(no);
    return [{ fact, digest, old }];
  });
  // Those before: an owner has each fact once at any moment.
  const coming = {
    stream: learnedStream(conversationId),
    terms: chosen.map(({ fact }) => termsOf(tenant, fact.content)),
  };
  const replaced = chosen.flatMap(({ old }) => old);
  await supersede(client, tenant, replaced, coming);
  const notes = chosen.map(({ fact: { content, sources }, old }) => ({
    ...{ content, tags: [FACT_TAG], agentId, learnedFrom: conversationId, ...(userId !== undefined && { userId }) },
    createdAt: new Date(Math.max(...sources.map(({ createdAt }) => createdAt.getTime()))),
    metadata: {
      ...{ learned: 'fact', sources: sources.map(({ id }) => id), ...(model !== undefined && { model }) },
      ...(old.length > 0 && { supersedes: old.map(({ id }) => id) }),
    },
  }));
  const added = await addNotes(client, tenant, notes, termsOf, version);
  const derived = chosen.flatMap(({ fact, digest, old }, at) => {
    const note = added[at];
    return note ? [{ ...note, sources: fact.sources.map(({ position }) => position), owner, digest, old }] : [];
  });
  await noteDerived(client, tenant, derived);
  return {
    added: added.length,
    superseded: derived.reduce((sum, { old }: { old: ActiveFact[] }) => sum + old.length, 0),
  };
}

async function stillRemembered(client: PoolClient, { tenant, conversationId }: Lesson, facts: NewFact[]) {
  const positions = [...new Set(facts.flatMap(({ sources }) => sources.map(({ position }) => position)))];
  const { rows } = await client.query<{ position: number }>(STILL_REMEMBERED, [
    tenant,
    `c:${conversationId}`,
    positions,
  ]);
  const remembered = new Set(rows.map(({ position }) => position));
  return facts.filter(({ sources }) => sources.every(({ position }) => remembered.has(position)));
}

function keyOf({ content }: NewFact): string {
  return factKey(content);
}

/** Once several have spoken in it, a conversation is shared for good. */
function userOf({ user_id: before, shared }: CourseRow, rows: MessageRow[]): string | undefined {
  if (shared === true) return undefined;
  return shared === false ? speakerOf(rows, before) : speakerOf(rows);
}
