import { IsOptional } from './class-validator.js';
import { Flag, Id, List, Name, ObjectValue, OneOf, Text, Whole } from './rules.js';
import { interruptedSchema } from './chat.js';
import { ERROR_CODES, streamErrorSchema } from './errors.js';
import {
  constSchema,
  enumSchema,
  listSchema,
  objectSchema,
  oneOf,
  optional,
  textSchema,
  wholeSchema,
} from './openapi/schema.js';

/** The members of document B's `metadata` that have a meaning. */
export class MessageMetadata {
  @IsOptional()
  @Name(200)
  user_id?: string;

  @IsOptional()
  @Name(200)
  user_name?: string;

  @IsOptional()
  @List(100)
  attachments?: unknown[];
}

/** Document B: POST /api/v1/message with a `message`. */
export class MessageRequest {
  static readonly nested = { metadata: MessageMetadata };
  static readonly about = {
    channel: { description: 'Where the message came from.', default: 'api' },
    conversation_id: { description: 'Goes on with this conversation, or opens it.' },
    metadata: { description: 'Kept with the message; members that are not described are kept too.' },
    wait_for_response: {
      description: 'false: answered at once with 202, and a URL to ask for the answer.',
      default: true,
    },
    timeout_ms: { description: 'After so many ms: 408. The turn goes on.', default: 30_000 },
    model: { description: 'A model, `provider/model` or an alias; see `GET /api/v1/models`.' },
    memory: { description: 'false: nothing is recalled from earlier conversations.', default: true },
  };

  @IsOptional()
  @Name(64)
  channel?: string;

  @Text()
  message!: string;

  @IsOptional()
  @Id()
  conversation_id?: string;

  @IsOptional()
  @ObjectValue()
  metadata?: Record<string, unknown>;

  @IsOptional()
  @Flag()
  wait_for_response?: boolean;

  /** ms */
  @IsOptional()
  @Whole(1, 600_000)
  timeout_ms?: number;

  @IsOptional()
  @Name(200)
  model?: string;

  @IsOptional()
  @Flag()
  memory?: boolean;
}

/** GET /api/v1/message/:id/stream */
export class MessageStreamQuery {
  static readonly about = {
    dialect: {
      description:
        'a: events of /chat/stream, b: of /message, d: of a message with `text`; that of Last-Event-ID when left out, else b.',
    },
  };

  @IsOptional()
  @OneOf(['a', 'b', 'd'])
  dialect?: 'a' | 'b' | 'd';
}

export interface TokenCount {
  input: number;
  output: number;
  total: number;
  /** Only where the provider sent no figures. */
  estimated?: true;
}

export interface MessageResponse {
  id: string;
  conversation_id: string;
  role: 'assistant';
  content: string;
  skills_used: string[];
  tokens: TokenCount;
  latency_ms: number;
  model: string;
  /** It was stopped before it was whole. */
  interrupted?: true;
}

/** 202 */
export interface MessageAccepted {
  id: string;
  status: 'processing';
  conversation_id: string;
  poll_url: string;
}

/** 202 while it is being stopped, 200 when it has ended. */
export interface MessageCancelled {
  id: string;
  status: 'cancelling' | 'cancelled';
}

export interface MessageStatus {
  id: string;
  status: 'processing' | 'completed' | 'failed';
  conversation_id: string;
  response?: MessageResponse;
  error?: { error: string; message: string };
}

export type MessageStreamEvent =
  | { type: 'start'; conversation_id: string }
  | { type: 'token'; content: string }
  | { type: 'skill_call'; skill: string; status: 'invoking' }
  | { type: 'skill_result'; skill: string; status: 'completed' | 'failed' }
  | { type: 'end'; tokens: { input: number; output: number; estimated?: true }; interrupted?: true }
  /** What the stream has said so far is void: the turn is run again, from its start. */
  | { type: 'reset' }
  | { type: 'error'; error: string; message: string };

const estimatedSchema = optional({ const: true, description: 'Only where the provider sent no figures.' });

export const tokenCountSchema = objectSchema<TokenCount>(
  { input: wholeSchema(), output: wholeSchema(), total: wholeSchema(), estimated: estimatedSchema },
  { title: 'TokenCount' },
);

export const messageResponseSchema = objectSchema<MessageResponse>(
  {
    id: textSchema(),
    conversation_id: textSchema(),
    role: constSchema('assistant'),
    content: textSchema(),
    skills_used: listSchema(textSchema()),
    tokens: tokenCountSchema,
    latency_ms: wholeSchema(),
    model: textSchema(),
    interrupted: interruptedSchema,
  },
  { title: 'MessageResponse' },
);

export const messageAcceptedSchema = objectSchema<MessageAccepted>(
  { id: textSchema(), status: constSchema('processing'), conversation_id: textSchema(), poll_url: textSchema() },
  { title: 'MessageAccepted' },
);

export const messageCancelledSchema = objectSchema<MessageCancelled>(
  { id: textSchema(), status: enumSchema('cancelling', 'cancelled') },
  { title: 'MessageCancelled' },
);

export const messageStatusSchema = objectSchema<MessageStatus>(
  {
    id: textSchema(),
    status: enumSchema('processing', 'completed', 'failed'),
    conversation_id: textSchema(),
    response: optional(messageResponseSchema),
    error: optional(
      objectSchema<NonNullable<MessageStatus['error']>>({
        error: enumSchema(...ERROR_CODES),
        message: textSchema(),
      }),
    ),
  },
  { title: 'MessageStatus' },
);

type Event<Type extends MessageStreamEvent['type']> = Extract<MessageStreamEvent, { type: Type }>;

export const messageStreamEventSchema = {
  title: 'MessageStreamEvent',
  ...oneOf(
    objectSchema<Event<'start'>>({ type: constSchema('start'), conversation_id: textSchema() }),
    objectSchema<Event<'token'>>({ type: constSchema('token'), content: textSchema() }),
    objectSchema<Event<'skill_call'>>({
      type: constSchema('skill_call'),
      skill: textSchema(),
      status: constSchema('invoking'),
    }),
    objectSchema<Event<'skill_result'>>({
      type: constSchema('skill_result'),
      skill: textSchema(),
      status: enumSchema('completed', 'failed'),
    }),
    objectSchema<Event<'end'>>({
      type: constSchema('end'),
      tokens: objectSchema<Event<'end'>['tokens']>({
        input: wholeSchema(),
        output: wholeSchema(),
        estimated: estimatedSchema,
      }),
      interrupted: interruptedSchema,
    }),
    objectSchema<Event<'reset'>>(
      { type: constSchema('reset') },
      { description: 'What was streamed so far is void: the turn is run again, from its start.' },
    ),
    streamErrorSchema,
  ),
};
