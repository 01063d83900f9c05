import { ERROR_CODES } from './errors.js';
import {
  enumSchema,
  listSchema,
  objectSchema,
  optional,
  textSchema,
  timeSchema,
  wholeSchema,
} from './openapi/schema.js';
import { Name, Text } from './rules.js';

export const CHANNEL_TYPES = ['telegram', 'discord', 'slack', 'webhook'] as const;

/** Document A: POST /api/v1/send. Which channels there are is answered apart from the other rules. */
export class SendRequest {
  static readonly about = {
    channel: { description: `One of ${CHANNEL_TYPES.join(', ')}, or a channel of this gateway's own.` },
    chatId: { description: 'The chat, as the platform names it.' },
  };

  @Name(64)
  channel!: string;

  @Name(200)
  chatId!: string;

  @Text()
  message!: string;
}

interface SendFacts {
  id: string;
  status: 'sent' | 'queued' | 'failed';
  channel: string;
  chatId: string;
  /** Where the message stands among what else was said in this chat. */
  conversationId: string;
  /** The platform's id; of a text that was split, of its first part. */
  channelMessageId?: string;
  /** Of a text that was split: of all parts that the platform has taken. */
  channelMessageIds?: string[];
  /** When it was sent; while it is queued, when it was accepted. */
  timestamp: string;
}

/** 200: the platform has taken it. 202: it is tried again until it has. */
export interface SendAnswer extends SendFacts {
  status: 'sent' | 'queued';
  /** While it is queued. */
  statusUrl?: string;
}

/** GET /api/v1/send/:id */
export interface SendState extends SendFacts {
  attempts: number;
  /** Why the last attempt came to nothing, while it is queued. */
  lastError?: string;
  /** Why it failed for good. */
  error?: { error: string; message: string };
}

const id = textSchema({ description: 'Also the id of the message in its conversation.' });
const facts = {
  channel: textSchema(),
  chatId: textSchema(),
  conversationId: textSchema(),
  channelMessageId: optional(
    textSchema({ description: "The platform's id; of a text that was split, of its first part." }),
  ),
  channelMessageIds: optional(
    listSchema(textSchema(), { description: 'Of a text that was split: of every part that the platform has taken.' }),
  ),
  timestamp: timeSchema({ description: 'When it was sent; while it is queued, when it was accepted.' }),
};

export const sendAnswerSchema = objectSchema<SendAnswer>(
  { id, status: enumSchema('sent', 'queued'), ...facts, statusUrl: optional(textSchema()) },
  { title: 'SendAnswer' },
);

export const sendStateSchema = objectSchema<SendState>(
  {
    id,
    status: enumSchema('sent', 'queued', 'failed'),
    ...facts,
    attempts: wholeSchema(),
    lastError: optional(textSchema()),
    error: optional(
      objectSchema<NonNullable<SendState['error']>>({ error: enumSchema(...ERROR_CODES), message: textSchema() }),
    ),
  },
  { title: 'SendState' },
);
