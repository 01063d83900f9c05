import type { Usage } from '../conversations/conversation.js';
import type { FinishReason, TextDelta, ToolCallDelta } from './agent-runner.js';
import type { PromptMessage, RunOptions, ToolCall } from './prompt.js';
import type { SkillEvent } from './skilled-runner.js';
import type { PlacedSkillEvent } from './told-items.js';
import type { ReplyTo } from '../sends/send.js';
import type { FailureRecord } from '../shared/errors.js';
import type { TraceContext } from '../tracing/span.js';

/** What a caller may set for one turn; kept with the turn so that another replica can run it after a crash. */
export interface TurnRequest {
  /** As the caller named it: an id, an alias, `provider/model`. */
  model?: string;
  systemPrompt?: string;
  maxTokens?: number;
  /** 0…2 */
  temperature?: number;
  /** False: nothing is recalled for this turn. */
  memory?: boolean;
  /** Who speaks, where the channel knows it: whose memory may be recalled. */
  userId?: string;
  /** The request that asked for the turn; for the log. */
  requestId?: string;
  /** Where that request stands in a trace. */
  trace?: TraceContext;
  /** Of a message from a chat: where the answer goes, and what to say there when there is none. */
  replyTo?: ReplyTo;
  /** What the model may know of the message beside its text, fenced; goes before it. */
  context?: string;
}

/** Goes along with a turn while it runs, to show somebody elsewhere that it does. */
export interface TurnCompanion {
  /** It wants to be told what is said as it comes. */
  readonly reads: boolean;
  told(text: string): void;
  /** Before the turn is put away; never rejects. */
  end(): Promise<void>;
}

/**
 * What a caller who speaks in whole prompts adds to one turn. Not stored: the conversation keeps the texts that were said, and a turn that
 * has one of these is never run by another replica.
 */
export interface TurnPrompt {
  /** Go before the stored conversation. */
  instructions: PromptMessage[];
  /** What the caller says was said before: for a conversation that has nothing stored yet. */
  earlier: PromptMessage[];
  /** The user's message and what has come after it (tool calls and their results), in place of the message's text. */
  tail: PromptMessage[];
  options: RunOptions;
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
  /** What became of skills, and where in the text; none where left out. */
  skillEvents?: PlacedSkillEvent[];
  /** From the turn's acceptance to its answer, in ms. */
  latencyMs: number;
  interrupted: boolean;
  /** What the model wants called; only where the turn offered tools. Not stored. */
  toolCalls?: ToolCall[];
  /** Not stored. */
  finishReason?: FinishReason;
}

/** What a turn tells while it runs, in this order. Every protocol's stream is made of these. */
export type TurnEvent =
  /** `run` above 1: the turn was run before, by a replica that died. `replayed`: the request had been made before, and this is its turn. */
  | { type: 'started'; turnId: string; conversationId: string; run?: number; replayed?: true }
  | TextDelta
  /** Only where the turn's prompt offers tools; see `TurnPrompt`. */
  | ToolCallDelta
  | SkillEvent
  | { type: 'completed'; answer: Answer };

/** The events of a turn that offers no tools: all that most protocols can tell. */
export type TextTurnEvent = Exclude<TurnEvent, ToolCallDelta>;

export type TurnState =
  | { status: 'processing'; conversationId: string }
  | { status: 'completed'; conversationId: string; answer: Answer; endedAt: Date }
  | { status: 'failed'; conversationId: string; failure: FailureRecord; endedAt: Date };
