import type { Usage } from '../conversations/conversation.js';
import { type Refusal, UpstreamFailed } from '../shared/errors.js';
import type { TraceContext } from '../tracing/span.js';
import type { PromptMessage, RunOptions } from './prompt.js';

/** A model of a configured provider. */
export interface ModelChoice {
  provider: string;
  model: string;
}

export interface RunRequest extends RunOptions {
  choice: ModelChoice;
  /** The operator's or the caller's instructions; never text from outside. Goes before `messages`. */
  system: string | undefined;
  /** Oldest first; the last one is to be answered. */
  messages: PromptMessage[];
  /** Nobody reads along: deltas that arrive together may come as one. */
  whole?: boolean;
  /** For the provider to go on with. */
  trace?: TraceContext | undefined;
}

/**
 * A piece of a tool call. The first piece of the call at `index` (from 0) has its `id` and `name`; the texts of all its `arguments`, put
 * together, are the arguments.
 */
export interface ToolCallDelta {
  type: 'tool-call';
  index: number;
  id?: string;
  name?: string;
  arguments: string;
}

/** What the model says next. */
export interface TextDelta {
  type: 'delta';
  text: string;
  /** Where several came at once: the texts that `text` is made of. Who reads along is told of each of them. */
  pieces?: readonly string[];
}

export type RunEvent =
  | TextDelta
  /** Only where the request offers tools. */
  | ToolCallDelta
  /** The last event of a run that went well; `usage` is absent when the provider sent none. */
  | { type: 'finished'; model: string; usage?: Usage; finishReason?: FinishReason };

/** Why the answer ended, in OpenAI's words where the provider has one of the same meaning, else in its own. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | (string & {});

/** Runs a model. One adapter per kind of provider. */
export abstract class AgentRunner {
  /**
   * Streams one answer; ends after `finished`. Throws `ProviderError` for anything the provider did wrong, a stream that
   * broke off included, and the signal's reason when it is aborted.
   */
  abstract run(request: RunRequest, signal: AbortSignal): AsyncIterable<RunEvent>;

  /** Asks the provider for a sign of life without spending tokens. Throws `ProviderError`. */
  abstract check(signal: AbortSignal): Promise<void>;
}

/** A provider's failure, as its adapter understood it. */
export class ProviderError extends UpstreamFailed {
  /** Whether the same request may go well a moment later. */
  readonly retryable: boolean;
  /** The provider's HTTP status, if it answered. */
  readonly status: number | undefined;
  /** How long the provider asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: {
      retryable: boolean;
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      refusal?: Refusal | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause, refusal: options.refusal });
    this.retryable = options.retryable;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The texts of a delta, one by one. */
export function piecesOf({ text, pieces }: TextDelta): readonly string[] {
  return pieces ?? [text];
}

/** The delta that says all of these. `whole`: nobody reads along, see `RunRequest`. */
export function deltaOf(pieces: readonly string[], whole = false): TextDelta {
  const text = pieces.join('');
  return whole || pieces.length === 1 ? { type: 'delta', text } : { type: 'delta', text, pieces };
}
