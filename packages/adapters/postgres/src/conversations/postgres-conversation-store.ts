import {
  Conflict,
  type Conversation,
  type ConversationCursor,
  type ConversationFilter,
  type ConversationPage,
  ConversationStore,
  type Message,
  type MessageCursor,
  type NewConversation,
} from '@openclaw/core';
import { FORGET_CONVERSATION } from '../turns/relay-statements.js';
import type { Database } from '../database.js';
import { ConversationBlocks, RECORD_DELETION } from './conversation-blocks.js';
import { countPlan, type ListPlan, pageAfter, pageAt, pageIn } from './list-conversations.js';

const COLUMNS = 'id, channel, label, agent_id, model, summary, created_at, last_message_at, message_count';

const FIND = { name: 'find_conversation', text: `select ${COLUMNS} from conversations where tenant = $1 and id = $2` };

const CREATE = `insert into conversations (tenant, id, channel, label, agent_id, model, summary)
  values ($1, $2, $3, $4, $5, $6, coalesce($4, '')) on conflict (tenant, id) do nothing returning ${COLUMNS}`;

const ACTIVE =
  'select count(distinct conversation_id)::int as total from turns where tenant = $1 and failed_at is null';

/** A page of messages ends when it has grown to this, however few they are. */
const PAGE_BYTES = 8_000_000;

const MESSAGES = {
  name: 'messages',
  text: `select turn_no, step, id, role, case when bytes_before < ${PAGE_BYTES} then content end as content, created_at,
      model, input_tokens, output_tokens, tokens_estimated, latency_ms, skills_used, interrupted
    from (
      select *, sum(octet_length(content)) over (order by turn_no desc, step desc) - octet_length(content) as bytes_before
      from messages where tenant = $1 and conversation_id = $2 and (turn_no, step) < ($3, $4)
      order by turn_no desc, step desc limit $5
    ) newest
    order by turn_no desc, step desc`,
};

const DELETE = 'delete from conversations where tenant = $1 and id = $2 returning created_at::text';

const LAST = { turnNo: 2_147_483_647, step: 0 };

export class PostgresConversationStore extends ConversationStore {
  private readonly blocks: ConversationBlocks;

  constructor(private readonly database: Database) {
    super();
    this.blocks = new ConversationBlocks(database);
  }

  async list(
    tenant: string,
    filter: ConversationFilter,
    page: { limit: number; offset: number; after?: ConversationCursor },
  ): Promise<ConversationPage> {
    const { limit, offset, after } = page;
    const { total, plan } = await this.plan(tenant, filter, page);
    if (!plan) return { conversations: [], total };
    const found = await this.rows(plan);
    const conversations = found.slice(0, limit);
    const last = conversations.at(-1);
    const more = after ? found.length > limit : offset + limit < total;
    return { conversations, total, ...(last && more && { next: { createdAt: last.createdAt, id: last.id } }) };
  }

  async find(tenant: string, id: string): Promise<Conversation | undefined> {
    const [row] = await this.database.query<ConversationRow>(FIND, [tenant, id]);
    return row && toConversation(row);
  }

  async messages(
    tenant: string,
    id: string,
    page: { limit: number; before?: MessageCursor },
  ): Promise<{ messages: Message[]; previous?: MessageCursor }> {
    const { turnNo, step } = page.before ?? LAST;
    const rows = await this.database.query<MessageRow>(MESSAGES, [tenant, id, turnNo, step, page.limit + 1]);
    const cut = rows.findIndex((row) => row.content === null);
    const size = Math.min(page.limit, cut === -1 ? rows.length : cut);
    const shown = rows.slice(0, size).reverse();
    const [first] = shown;
    const more = rows.length > size;
    return {
      messages: shown.map(toMessage),
      ...(first && more && { previous: { turnNo: first.turn_no, step: first.step } }),
    };
  }

  async create(tenant: string, conversation: NewConversation): Promise<Conversation> {
    const { id, channel, label, agentId, model } = conversation;
    const values = [tenant, id, channel, label ?? null, agentId, model ?? null];
    const [row] = await this.database.query<ConversationRow>(CREATE, values);
    if (!row) throw new Conflict(`Conversation "${id}" exists already`);
    return toConversation(row);
  }

  /** The conversation goes first: its row is the lock that every turn's move takes, so that nothing is added behind our back. */
  async delete(tenant: string, id: string): Promise<boolean> {
    return this.database.transaction(async (client) => {
      const deleted = await client.query<{ created_at: string }>(DELETE, [tenant, id]);
      const [conversation] = deleted.rows;
      if (!conversation) return false;
      await client.query(FORGET_CONVERSATION, [tenant, id]);
      await client.query('delete from turns where tenant = $1 and conversation_id = $2', [tenant, id]);
      await client.query('delete from messages where tenant = $1 and conversation_id = $2', [tenant, id]);
      await client.query(RECORD_DELETION, [tenant, conversation.created_at]);
      await client.query("select pg_notify('openclaw_turns', $1)", [JSON.stringify([tenant, id])]);
      return true;
    });
  }

  async counts(tenant: string): Promise<{ total: number; active: number }> {
    const total = await this.blocks.total(tenant);
    return { total, active: await this.count({ text: ACTIVE, values: [tenant] }) };
  }

  /** Pages of the whole list come from counted blocks; a filter makes another list, which is counted each time. */
  private async plan(
    tenant: string,
    filter: ConversationFilter,
    { limit, offset, after }: { limit: number; offset: number; after?: ConversationCursor },
  ): Promise<{ total: number; plan: ListPlan | undefined }> {
    const whole = Object.values(filter).every((value) => value === undefined);
    if (whole && !after) {
      const { total, place } = await this.blocks.locate(tenant, offset, limit);
      return { total, plan: place && pageIn(tenant, place) };
    }
    const total = whole ? await this.blocks.total(tenant) : await this.count(countPlan(tenant, filter));
    return {
      total,
      plan: after ? pageAfter(tenant, filter, after, limit) : pageAt(tenant, filter, offset, limit, total),
    };
  }

  private async count({ text, values }: { text: string; values: unknown[] }): Promise<number> {
    const [row] = await this.database.query<{ total: number }>(text, values);
    return row?.total ?? 0;
  }

  private async rows(plan: ListPlan): Promise<Conversation[]> {
    const rows = await this.database.query<ConversationRow>(plan.text(COLUMNS), plan.values);
    return (plan.reversed ? rows.reverse() : rows).map(toConversation);
  }
}

interface ConversationRow {
  id: string;
  channel: string;
  label: string | null;
  agent_id: string;
  model: string | null;
  summary: string;
  created_at: Date;
  last_message_at: Date;
  message_count: number;
}

interface MessageRow {
  turn_no: number;
  step: number;
  id: string;
  role: 'user' | 'assistant';
  /** Null for what goes beyond the page's bytes. */
  content: string | null;
  created_at: Date;
  model: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  tokens_estimated: boolean | null;
  latency_ms: number | null;
  skills_used: string[] | null;
  interrupted: boolean | null;
}

function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    channel: row.channel,
    label: row.label ?? undefined,
    agentId: row.agent_id,
    model: row.model ?? undefined,
    createdAt: row.created_at,
    lastMessageAt: row.last_message_at,
    messageCount: row.message_count,
    summary: row.summary,
  };
}

function toMessage(row: MessageRow): Message {
  const { id, role } = row;
  const message = { id, role, content: row.content ?? '', createdAt: row.created_at };
  if (row.role === 'user') return message;
  return {
    ...message,
    answer: {
      model: row.model ?? '',
      usage: {
        inputTokens: row.input_tokens ?? 0,
        outputTokens: row.output_tokens ?? 0,
        ...(row.tokens_estimated && { estimated: true }),
      },
      skillsUsed: row.skills_used ?? [],
      latencyMs: row.latency_ms ?? 0,
      interrupted: row.interrupted ?? false,
    },
  };
}
