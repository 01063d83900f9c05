import { IsOptional } from 'class-validator';
import { Flag, Id, List, Name, ObjectValue, Text, Whole } from './rules.js';

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
}

/** 202 */
export interface MessageAccepted {
  id: string;
  status: 'processing';
  conversation_id: string;
  poll_url: string;
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
  | { type: 'end'; tokens: { input: number; output: number; estimated?: true } }
  | { type: 'error'; error: string; message: string };
