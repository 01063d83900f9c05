import { IsOptional, Matches } from 'class-validator';
import type { TokenCount } from './message.js';
import { IsoTime, Name, Whole } from './rules.js';

const CURSOR = /^[A-Za-z0-9_-]{1,2000}$/;
const CURSOR_RULE = { message: 'must be a cursor as an earlier answer gave it' };

/** GET /api/v1/conversations */
export class ConversationListQuery {
  @IsOptional()
  @Whole(1, 100)
  limit?: number;

  @IsOptional()
  @Whole(0, 2_147_483_647)
  offset?: number;

  @IsOptional()
  @Name(64)
  channel?: string;

  @IsOptional()
  @IsoTime()
  since?: string;

  @IsOptional()
  @IsoTime()
  until?: string;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @Matches(CURSOR, CURSOR_RULE)
  cursor?: string;
}

/** GET /api/v1/conversations/:id */
export class ConversationQuery {
  @IsOptional()
  @Whole(1, 1000)
  limit?: number;

  /** `previous_cursor` of the page after. */
  @IsOptional()
  @Matches(CURSOR, CURSOR_RULE)
  before?: string;
}

export interface ConversationSummary {
  id: string;
  channel: string;
  created_at: string;
  last_message_at: string;
  message_count: number;
  summary: string;
}

export interface ConversationList {
  conversations: ConversationSummary[];
  total: number;
  limit: number;
  offset: number;
  next_cursor?: string;
}

export interface ConversationMessage {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  created_at: string;
  model?: string;
  tokens?: TokenCount;
  skills_used?: string[];
  /** The caller left before the answer was whole; this is what had been said. */
  interrupted?: true;
}

export interface ConversationDetail extends ConversationSummary {
  messages: ConversationMessage[];
  /** Leads to the messages before these; absent when there are none. */
  previous_cursor?: string;
}

export interface ConversationDeleted {
  id: string;
  deleted: true;
}
