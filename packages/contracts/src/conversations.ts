import { IsOptional, Matches } from './class-validator.js';
import { type TokenCount, tokenCountSchema } from './message.js';
import { IsoTime, Name, Whole } from './rules.js';
import {
  constSchema,
  enumSchema,
  listSchema,
  objectSchema,
  optional,
  textSchema,
  timeSchema,
  wholeSchema,
} from './openapi/schema.js';

const CURSOR = /^[A-Za-z0-9_-]{1,2000}$/;
const CURSOR_RULE = { message: 'must be a cursor as an earlier answer gave it' };

/** GET /api/v1/conversations */
export class ConversationListQuery {
  static readonly about = {
    limit: { default: 20 },
    offset: { description: 'Skips so many; not together with `cursor`.', default: 0 },
    since: { description: 'Only conversations with a message since then.' },
    until: { description: 'Only conversations with their last message until then.' },
    cursor: { description: '`next_cursor` of the page before.' },
  };

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
  static readonly about = {
    limit: { description: 'The newest so many messages.', default: 1000 },
    before: { description: '`previous_cursor` of the page after.' },
  };

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

const summaryMembers = {
  id: textSchema(),
  channel: textSchema(),
  created_at: timeSchema(),
  last_message_at: timeSchema(),
  message_count: wholeSchema(),
  summary: textSchema(),
};

export const conversationListSchema = objectSchema<ConversationList>(
  {
    conversations: listSchema(objectSchema<ConversationSummary>(summaryMembers, { title: 'ConversationSummary' })),
    total: wholeSchema(),
    limit: wholeSchema(),
    offset: wholeSchema(),
    next_cursor: optional(textSchema()),
  },
  { title: 'ConversationList' },
);

const conversationMessageSchema = objectSchema<ConversationMessage>(
  {
    id: textSchema(),
    role: enumSchema('user', 'assistant'),
    content: textSchema(),
    created_at: timeSchema(),
    model: optional(textSchema()),
    tokens: optional(tokenCountSchema),
    skills_used: optional(listSchema(textSchema())),
    interrupted: optional({ const: true, description: 'The caller left; this is what had been said.' }),
  },
  { title: 'ConversationMessage' },
);

export const conversationDetailSchema = objectSchema<ConversationDetail>(
  {
    ...summaryMembers,
    messages: listSchema(conversationMessageSchema),
    previous_cursor: optional(textSchema()),
  },
  { title: 'ConversationDetail' },
);

export const conversationDeletedSchema = objectSchema<ConversationDeleted>(
  { id: textSchema(), deleted: constSchema(true) },
  { title: 'ConversationDeleted' },
);
