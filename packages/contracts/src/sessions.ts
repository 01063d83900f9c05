import { IsOptional } from 'class-validator';
import { Name, Whole } from './rules.js';
import type { Success } from './session-message.js';

/** Document D: GET /api/v1/sessions */
export class SessionListQuery {
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
