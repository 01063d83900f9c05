import { IsOptional } from './class-validator.js';
import { AnyText, Between, Flag, Id, Name, Text, Whole } from './rules.js';
import { streamErrorSchema } from './errors.js';
import { constSchema, objectSchema, oneOf, optional, textSchema, wholeSchema } from './openapi/schema.js';

/** Document A: POST /api/v1/chat and /chat/stream. */
export class ChatRequest {
  static readonly about = {
    conversationId: { description: 'Goes on with this conversation, or opens it.' },
    model: { description: 'A model, `provider/model` or an alias; see `GET /api/v1/models`.' },
    systemPrompt: { description: 'In the place of the agent’s own.' },
    memory: { description: 'false: nothing is recalled from earlier conversations.', default: true },
  };

  @Text()
  message!: string;

  @IsOptional()
  @Id()
  conversationId?: string;

  @IsOptional()
  @Name(200)
  model?: string;

  @IsOptional()
  @AnyText()
  systemPrompt?: string;

  @IsOptional()
  @Whole(1)
  maxTokens?: number;

  @IsOptional()
  @Between(0, 2)
  temperature?: number;

  @IsOptional()
  @Flag()
  memory?: boolean;
}

/** Tokens. `estimated` stands only where the provider sent no figures. */
export interface CamelUsage {
  inputTokens: number;
  outputTokens: number;
  estimated?: true;
}

export interface ChatResponse {
  id: string;
  conversationId: string;
  role: 'assistant';
  content: string;
  model: string;
  usage: CamelUsage;
  /** ms */
  latency: number;
  /** It was stopped before it was whole. */
  interrupted?: true;
}

export type ChatStreamEvent =
  | { type: 'start'; conversationId: string }
  | { type: 'delta'; content: string }
  | { type: 'done'; usage: CamelUsage; interrupted?: true }
  /** What the stream has said so far is void: the turn is run again, from its start. */
  | { type: 'reset' }
  | { type: 'error'; error: string; message: string };

export const camelUsageSchema = objectSchema<CamelUsage>(
  {
    inputTokens: wholeSchema(),
    outputTokens: wholeSchema(),
    estimated: optional({ const: true, description: 'Only where the provider sent no figures.' }),
  },
  { title: 'CamelUsage' },
);

export const interruptedSchema = optional({ const: true, description: 'It was stopped before it was whole.' });

export const chatResponseSchema = objectSchema<ChatResponse>(
  {
    id: textSchema(),
    conversationId: textSchema(),
    role: constSchema('assistant'),
    content: textSchema(),
    model: textSchema(),
    usage: camelUsageSchema,
    latency: wholeSchema({ description: 'In ms.' }),
    interrupted: interruptedSchema,
  },
  { title: 'ChatResponse' },
);

type Event<Type extends ChatStreamEvent['type']> = Extract<ChatStreamEvent, { type: Type }>;

export const chatStreamEventSchema = {
  title: 'ChatStreamEvent',
  ...oneOf(
    objectSchema<Event<'start'>>({ type: constSchema('start'), conversationId: textSchema() }),
    objectSchema<Event<'delta'>>({ type: constSchema('delta'), content: textSchema() }),
    objectSchema<Event<'done'>>({
      type: constSchema('done'),
      usage: camelUsageSchema,
      interrupted: interruptedSchema,
    }),
    objectSchema<Event<'reset'>>(
      { type: constSchema('reset') },
      { description: 'What was streamed so far is void: the turn is run again, from its start.' },
    ),
    streamErrorSchema,
  ),
};
