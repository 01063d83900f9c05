import type { Usage } from '../conversations/conversation.js';
import { UpstreamFailed } from '../shared/errors.js';

/** A model of a configured provider. */
export interface ModelChoice {
  provider: string;
  model: string;
}

export interface RunRequest {
  choice: ModelChoice;
  /** The operator's or the caller's instructions; never text from outside. */
  system: string | undefined;
  /** Oldest first; the last one is the user's message to answer. */
  messages: { role: 'user' | 'assistant'; content: string }[];
  maxTokens?: number;
  temperature?: number;
}

export type RunEvent =
  | { type: 'delta'; text: string }
  /** The last event of a run that went well; `usage` is absent when the provider sent none. */
  | { type: 'finished'; model: string; usage?: Usage };

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
    options: { retryable: boolean; status?: number | undefined; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}
