import type { FailureRecord } from '../shared/errors.js';
import type { ReplyNotice, ReplyTo } from '../sends/send.js';
import type { HistoryLimits } from './history.js';
import type { Answer, HistoryMessage, TurnRef, TurnRequest, TurnState } from './turn.js';

export interface NewTurn {
  tenant: string;
  conversationId: string;
  turnId: string;
  message: { id: string; content: string; metadata?: Record<string, unknown> };
  request: TurnRequest;
  /** Used when the conversation is opened by this turn. */
  conversation: { channel: string; agentId: string; label?: string; summary: string };
  /** True: kept until it has ended, whatever happens to this process, and run by any replica's worker. */
  durable: boolean;
  /** True: begun by this replica like any other, but run again by another one's worker if this one dies. */
  lasting?: boolean;
  /** What it says is told as it comes; see `TurnRelay`. */
  told?: boolean;
  /** What the model may need of the earlier messages. */
  historyLimits: HistoryLimits;
}

export interface BegunTurn {
  ref: TurnRef;
  agentId: string;
  /** The conversation's own model, if it has one. */
  conversationModel: string | undefined;
  /** Earlier messages, oldest first, when it is this turn's turn at once; else wait (`whenReady`), then read `history`. */
  history: HistoryMessage[] | undefined;
  /** Whether notes were added to the session of the conversation's name; undefined where the store did not look. */
  notes?: boolean | undefined;
}

/** A durable turn that this replica has taken on. */
export interface ClaimedTurn {
  ref: TurnRef;
  agentId: string;
  conversationModel: string | undefined;
  request: TurnRequest;
  content: string;
  /** When it was accepted. */
  acceptedAt: Date;
  /** 1 for the first try. */
  attempt: number;
  /** What it says is told as it comes. */
  told: boolean;
}

/**
 * Keeps turns and their order. Turns of one conversation run one at a time, in the order in which `begin` took them, across replicas.
 * A turn belongs to the replica that began or claimed it until it ends; a replica that dies loses its turns: durable
 * ones are claimed by another, the rest fail.
 */
export abstract class TurnStore {
  /** Stores the user's message and queues the turn, opening the conversation if the tenant has none of that id. */
  abstract begin(turn: NewTurn): Promise<BegunTurn>;

  /** Resolves when every earlier turn of the conversation has ended. Rejects with the signal's reason, or `TurnLost`. */
  abstract whenReady(ref: TurnRef, signal: AbortSignal): Promise<void>;

  /** The newest messages before this turn within the limits (a store may give more than `maxTokens`, but not without bound), oldest first. */
  abstract history(ref: TurnRef, limits: HistoryLimits): Promise<HistoryMessage[]>;

  /**
   * Stores the answer and ends the turn; queues what goes out of it (`goesOut`) for the chat it goes to, if there is one, under the turn's
   * id. Rejects with `TurnLost` when the turn is not this replica's any more.
   */
  abstract complete(ref: TurnRef, answer: Answer, reply?: ReplyTo): Promise<void>;

  /** Ends the turn without an answer, and queues the notice if there is one. Does nothing when the turn is not this replica's any more. */
  abstract fail(ref: TurnRef, failure: FailureRecord, notice?: ReplyNotice): Promise<void>;

  /** From now on the turn survives this replica. */
  abstract makeDurable(ref: TurnRef): Promise<void>;

  /** Gives a durable turn back unfinished, for another replica to run. */
  abstract handBack(ref: TurnRef): Promise<void>;

  /** Takes on the conversation's next turn if it is a durable one that nobody runs. */
  abstract claimNext(tenant: string, conversationId: string): Promise<ClaimedTurn | undefined>;

  /** How many of the tenant's durable turns nobody runs yet; `most` where there are more. */
  abstract waiting(tenant: string, most: number): Promise<number>;

  abstract find(tenant: string, turnId: string): Promise<TurnState | undefined>;
}

/** Hands conversations that have a durable turn to run to this replica's worker; at least once for every such turn. */
export abstract class TurnDispatcher {
  /** `run` works off what the conversation has to run; it must not reject for a turn's own failure. */
  abstract start(run: (tenant: string, conversationId: string) => Promise<void>): Promise<void>;
  /** Takes nothing new; resolves when what runs has ended. */
  abstract stop(): Promise<void>;
}
