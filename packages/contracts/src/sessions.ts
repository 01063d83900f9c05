import { IsOptional } from './class-validator.js';
import { Name, Whole } from './rules.js';
import { type Success, successSchema } from './session-message.js';
import { constSchema, listSchema, objectSchema, textSchema, timeSchema, wholeSchema } from './openapi/schema.js';

/** Document D: GET /api/v1/sessions */
export class SessionListQuery {
  static readonly about = { limit: { default: 100 } };

  @IsOptional()
  @Whole(1, 100)
  limit?: number;
}

/** Document D: POST /api/v1/sessions */
export class CreateSessionRequest {
  @Name(200)
  label!: string;

  @IsOptional()
  @Name(200)
  model?: string;
}

export type SessionList = Success<{
  sessions: { id: string; label: string; createdAt: string; messageCount: number }[];
}>;
export type SessionCreated = Success<{ sessionId: string; label: string; createdAt: string }>;
export type SessionDeleted = Success<{ deleted: true }>;

export const sessionListSchema = successSchema(
  'SessionList',
  objectSchema<SessionList['data']>({
    sessions: listSchema(
      objectSchema<SessionList['data']['sessions'][number]>({
        id: textSchema(),
        label: textSchema(),
        createdAt: timeSchema(),
        messageCount: wholeSchema(),
      }),
    ),
  }),
);

export const sessionCreatedSchema = successSchema(
  'SessionCreated',
  objectSchema<SessionCreated['data']>({ sessionId: textSchema(), label: textSchema(), createdAt: timeSchema() }),
);

export const sessionDeletedSchema = successSchema(
  'SessionDeleted',
  objectSchema<SessionDeleted['data']>({ deleted: constSchema(true) }),
);
