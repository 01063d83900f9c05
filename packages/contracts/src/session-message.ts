import { IsOptional } from './class-validator.js';
import { type CamelUsage, camelUsageSchema } from './chat.js';
import { ERROR_CODES } from './errors.js';
import { Flag, Id, Name, Text } from './rules.js';
import { constSchema, enumSchema, type JsonSchema, objectSchema, oneOf, textSchema } from './openapi/schema.js';

/** Document D: POST /api/v1/message with a `text`, and /message/stream. */
export class SessionMessageRequest {
  static readonly about = {
    session: { description: 'The conversation, by name.', default: 'default' },
    stream: { description: 'Answers with server-sent events.', default: false },
    model: { description: 'A model, `provider/model` or an alias; see `GET /api/v1/models`.' },
    memory: { description: 'false: nothing is recalled from earlier conversations.', default: true },
  };

  @Text()
  text!: string;

  @IsOptional()
  @Id()
  session?: string;

  @IsOptional()
  @Flag()
  stream?: boolean;

  @IsOptional()
  @Name(200)
  model?: string;

  @IsOptional()
  @Flag()
  memory?: boolean;
}

/** Document D's envelope. */
export interface Success<T> {
  success: true;
  data: T;
}

export type SessionMessageResponse = Success<{ messageId: string; text: string; usage: CamelUsage }>;

/** `reset`: the chunks so far are void, the turn is run again from its start. Followed, in any case, by `[DONE]`. */
export type SessionMessageStreamEvent =
  { chunk: string } | { reset: true } | { success: false; error: string; message: string };

/** Document D's envelope around this. */
export function successSchema(title: string, data: JsonSchema): JsonSchema {
  return objectSchema<Success<unknown>>({ success: constSchema(true), data }, { title });
}

export const sessionMessageResponseSchema = successSchema(
  'SessionMessageResponse',
  objectSchema<SessionMessageResponse['data']>({
    messageId: textSchema(),
    text: textSchema(),
    usage: camelUsageSchema,
  }),
);

export const sessionMessageStreamEventSchema = {
  title: 'SessionMessageStreamEvent',
  ...oneOf(
    objectSchema<{ chunk: string }>({ chunk: textSchema() }),
    objectSchema<{ reset: true }>(
      { reset: constSchema(true) },
      { description: 'What was streamed so far is void: the turn is run again, from its start.' },
    ),
    objectSchema<{ success: false; error: string; message: string }>({
      success: constSchema(false),
      error: enumSchema(...ERROR_CODES),
      message: textSchema(),
    }),
  ),
};
