import type { ToldStretch, TurnPlace } from './told-items.js';
import type { TurnRef } from './turn.js';

/** What whoever runs a turn is told about it. */
export interface TurnOrders {
  /** The turn is to be stopped. */
  cancel(): void;
  /** Somebody follows the turn: what it says is to be told from now on, what it has said included. May come more than once. */
  tell(): void;
}

/** A piece of what a turn tells. Without items: the run has begun and told nothing yet. */
export interface TurnPart extends ToldStretch {
  /** 1 for the first run; a turn that lost its replica is run again from the start, and may say something else. */
  run: number;
}

export interface Heard {
  /** The newest run; undefined when nothing was told. */
  run: number | undefined;
  /** Of the newest run, in order. */
  parts: ToldStretch[];
  /** There is more than one reading gives. */
  more: boolean;
}

/** Carries between replicas what concerns a running turn: orders to whoever runs it, and what it says to whoever follows it. */
export abstract class TurnRelay {
  /** From now on this process hears of orders for the turn it runs, those given before included. Returns the function that ends it. */
  abstract attend(ref: TurnRef, orders: TurnOrders): () => void;

  /**
   * Orders a turn to be stopped, wherever it runs; one that nobody runs yet is ended at once. Undefined when the tenant has no
   * unfinished turn of that id.
   */
  abstract cancel(tenant: string, turnId: string): Promise<'cancelling' | 'cancelled' | undefined>;

  /** Asks for signs of an unfinished turn: of its end, or of what it says as well. Does nothing when it has ended. */
  abstract follow(tenant: string, turnId: string, what: 'end' | 'events'): Promise<void>;

  /** Stores what a turn has told, for 10 minutes after its last part. The same part twice is one. */
  abstract tell(ref: TurnRef, part: TurnPart): Promise<void>;

  /** What was told after this place; all of the newest run when that is another one, or without a place. */
  abstract heard(tenant: string, turnId: string, after: TurnPlace | undefined): Promise<Heard>;

  /** Resolves at the next sign of the turn, after a second at the latest, and when the signal is aborted. */
  abstract nextSign(tenant: string, turnId: string, signal: AbortSignal): Promise<void>;
}
