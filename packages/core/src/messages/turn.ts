import type { Usage } from '../conversations/conversation.js';
import type { FailureRecord } from '../shared/errors.js';

/** What a caller may set for one turn; kept with the turn so that another replica can run it after a crash. */
export interface TurnRequest {
  /** As the caller named it: an id, an alias, `provider/model`. */
  model?: string;
  systemPrompt?: string;
  maxTokens?: number;
  /** 0…2 */
  temperature?: number;
  /** The request that asked for the turn; for the log. */
  requestId?: string;
}

/** Names a turn: one message of a user and the agent's answer to it. Its id is the answer's message id. */
export interface TurnRef {
  tenant: string;
  conversationId: string;
  id: string;
  /** Place in the conversation, from 1; turns run in this order. */
  no: number;
}

export interface HistoryMessage {
  role: 'user' | 'assistant';
  content: string;
}

export interface Answer {
  id: string;
  conversationId: string;
  content: string;
  model: string;
  usage: Usage;
  skillsUsed: string[];
  /** From the turn's acceptance to its answer, in ms. */
  latencyMs: number;
  interrupted: boolean;
}

/** What a turn tells while it runs, in this order. Every protocol's stream is made of these. */
export type TurnEvent =
  | { type: 'started'; turnId: string; conversationId: string }
  | { type: 'delta'; text: string }
  | { type: 'completed'; answer: Answer };

export type TurnState =
  | { status: 'processing'; conversationId: string }
  | { status: 'completed'; conversationId: string; answer: Answer }
  | { status: 'failed'; conversationId: string; failure: FailureRecord };
