import {
  type SegmentPlace,
  type SegmentToSumUp,
  SEGMENT_ENTRIES,
  SUMMARY_TAG,
  SummaryStore,
  type TermsOf,
} from '@openclaw/core';
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
import { noteDerived } from './derived.js';

interface WantedRow extends Record<string, unknown> {
  tenant: string;
  stream: string;
  position: number;
  agent_id: string;
}

const WANTED = `select s.tenant, s.stream, s.position, c.agent_id from memory_segments s
  join conversations c on c.tenant = s.tenant and c.id = substr(s.stream, 3)
  where s.summary = 'wanted' and ($1::text is null or (s.tenant, s.stream, s.position) > ($1, $2::text, $3::integer))
  order by s.tenant, s.stream, s.position limit 1`;

const MESSAGES = `select ${MESSAGE_COLUMNS} from messages m
  where m.tenant = $1 and m.conversation_id = $2 and m.turn_no between $3::integer / 2 + 1 and $3::integer / 2 + ${SEGMENT_ENTRIES / 2}
    and ${IS_REMEMBERED}
  order by turn_no, step`;

const HOLD = `select 1 from memory_segments where tenant = $1 and stream = $2 and position = $3 and summary = 'wanted' for update`;

const MADE = `update memory_segments set summary = 'made' where tenant = $1 and stream = $2 and position = $3`;

export class PostgresSummaryStore extends SummaryStore {
  constructor(private readonly database: Database) {
    super();
  }

  async next(after?: SegmentPlace): Promise<SegmentToSumUp | undefined> {
    const place = after ? [after.tenant, `c:${after.conversationId}`, after.position] : [null, null, null];
    const [wanted] = await this.database.query<WantedRow>(WANTED, place);
    if (!wanted) return undefined;
    const { tenant, position, agent_id: agentId } = wanted;
    const conversationId = wanted.stream.slice(2);
    const rows = await this.database.query<MessageRow>(MESSAGES, [tenant, conversationId, position]);
    return { tenant, conversationId, position, agentId, userId: speakerOf(rows), messages: rows.map(toMessage) };
  }

  async store(
    segment: SegmentToSumUp,
    summary: { content: string; model: string } | undefined,
    termsOf: TermsOf,
    version: number,
  ): Promise<boolean> {
    const { tenant, conversationId, position, agentId, userId, messages } = segment;
    const stream = `c:${conversationId}`;
    return this.database.transaction(async (client) => {
      const { rowCount: there } = await client.query(HOLD_CONVERSATION, [tenant, conversationId]);
      const { rowCount: wanted } = await client.query(HOLD, [tenant, stream, position]);
      if (there === 0 || wanted === 0) return false;
      const sources = messages.map((message) => message.position);
      const { rowCount: remembered } = await client.query(STILL_REMEMBERED, [tenant, stream, sources]);
      if (remembered !== sources.length) return false;
      await client.query(MADE, [tenant, stream, position]);
      if (!summary) return true;
      const note = {
        ...{ content: summary.content, tags: [SUMMARY_TAG], agentId, learnedFrom: conversationId },
        createdAt: new Date(Math.max(...messages.map(({ createdAt }) => createdAt.getTime()))),
        metadata: { learned: 'summary', sources: messages.map(({ id }) => id), model: summary.model },
        ...(userId !== undefined && { userId }),
      };
      const added = await addNotes(client, tenant, [note], termsOf, version);
      await noteDerived(
        client,
        tenant,
        added.map((entry) => ({ ...entry, sources })),
      );
      return true;
    });
  }
}
