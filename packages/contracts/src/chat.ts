import { IsOptional } from 'class-validator';
import { AnyText, Between, Id, Name, Text, Whole } from './rules.js';

/** Document A: POST /api/v1/chat and /chat/stream. */
export class ChatRequest {
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
}

export type ChatStreamEvent =
  | { type: 'start'; conversationId: string }
  | { type: 'delta'; content: string }
  | { type: 'done'; usage: CamelUsage }
  | { type: 'error'; error: string; message: string };
