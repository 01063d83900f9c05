import { IsOptional } from 'class-validator';
import type { CamelUsage } from './chat.js';
import { Flag, Id, Name, Text } from './rules.js';

/** Document D: POST /api/v1/message with a `text`, and /message/stream. */
export class SessionMessageRequest {
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
}

/** Document D's envelope. */
export interface Success<T> {
  success: true;
  data: T;
}

export type SessionMessageResponse = Success<{ messageId: string; text: string; usage: CamelUsage }>;

/** Followed, in any case, by `[DONE]`. */
export type SessionMessageStreamEvent = { chunk: string } | { success: false; error: string; message: string };
