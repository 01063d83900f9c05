import type { Usage } from '../conversations/conversation.js';

/** One HTTP call that is over. */
export interface CallFacts {
  method: string;
  /** The route's pattern, never the path itself; undefined where there was none. */
  route: string | undefined;
  status: number;
  seconds: number;
}

/** One call of a model that is over; a retry is another one. */
export interface ModelCallFacts {
  provider: string;
  model: string;
  outcome: 'answered' | 'failed' | 'abandoned';
  seconds: number;
  /** Until the model began to speak; undefined when it never did. */
  firstTokenSeconds: number | undefined;
  /** Where the provider sent figures. */
  usage: Usage | undefined;
}

/** One request to a webhook endpoint that is over. */
export interface WebhookFacts {
  outcome: 'delivered' | 'retry' | 'dead';
  seconds: number;
  /** From the event to the end of the attempt. */
  sinceEventSeconds: number;
}

/** Is told what happens, to measure it. Called on every request's way: implementations are quick and never throw. */
export abstract class Metrics {
  abstract call(facts: CallFacts): void;
  abstract modelCall(facts: ModelCallFacts): void;
  /** A turn that got its answer, from its acceptance on. */
  abstract turnAnswered(seconds: number): void;
  /** A streamed response began (1) or ended (-1). */
  abstract streams(change: 1 | -1): void;
  abstract webhookAttempt(facts: WebhookFacts): void;
}

/** For whoever does not want to know. */
export class NoMetrics extends Metrics {
  call(): void {
    // Nobody asked.
  }

  modelCall(): void {
    // Nobody asked.
  }

  turnAnswered(): void {
    // Nobody asked.
  }

  streams(): void {
    // Nobody asked.
  }

  webhookAttempt(): void {
    // Nobody asked.
  }
}

/** What was measured, as a monitoring system reads it. */
export abstract class MetricsReader {
  abstract read(): Promise<{ contentType: string; text: string }>;
}
