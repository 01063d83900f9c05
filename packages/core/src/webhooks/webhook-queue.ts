import type { Attempt, WebhookEndpoint, WebhookEvent } from './webhook.js';
import type { PutBack } from './webhook-deliveries.js';

/**
 * What may be delivered next for one endpoint and one conversation: to whoever claimed it alone, as long as the claim is renewed.
 * Channels' events have a lane for each channel.
 */
export interface ClaimedLane {
  /** Names this claim. */
  claim: string;
  tenant: string;
  lane: string;
  endpoint: WebhookEndpoint;
  /** In order; the later ones wait for the earlier ones. */
  deliveries: ClaimedDelivery[];
}

export interface ClaimedDelivery {
  id: string;
  event: WebhookEvent;
  /** Attempts before this one, since it was made or put back. */
  tries: number;
}

export type Outcome = 'delivered' | 'retry' | 'dead';

/** How an attempt ended. */
export interface Settlement {
  lane: ClaimedLane;
  delivery: ClaimedDelivery;
  outcome: Outcome;
  attempt: Attempt;
  /** The endpoint asked not to be called any more. */
  gone: boolean;
}

/** The lane is not worked on any more; what is left in it may be claimed after the pause. */
export interface Release {
  lane: ClaimedLane;
  pauseMs: number;
}

export interface Settled {
  /** Endpoints that this has disabled. */
  disabled: WebhookEndpoint[];
  /** A lane that was given back has more to deliver at once. */
  due: boolean;
}

export interface FanOut {
  /** How many deliveries were made. */
  deliveries: number;
  /** There is more to pass on at once. */
  more: boolean;
  /** Nobody subscribes to anything: there is no hurry to look again. */
  idle: boolean;
}

/** What a replica has room for. */
export interface Room {
  lanes: number;
  /** At one endpoint, unless `of` says otherwise. */
  perEndpoint: number;
  of: ReadonlyMap<string, number>;
}

/** How long a claim lasts that is not renewed. */
export const CLAIM_MS = 10_000;

/** From the events to the endpoints, over all tenants and replicas. */
export abstract class WebhookQueue {
  /** Makes deliveries of events that no replica has passed on yet, bounded. Each event is passed on once, to the endpoints that want it then. */
  abstract fanOut(): Promise<FanOut>;
  /** Lanes with something due, fairly by endpoint. */
  abstract claim(room: Room): Promise<ClaimedLane[]>;
  /** Returns those that are still the caller's, for another `CLAIM_MS`. */
  abstract renew(lanes: readonly ClaimedLane[]): Promise<ClaimedLane[]>;
  /**
   * Writes down how attempts ended, and gives lanes back. What somebody else has settled meanwhile stays as it is. An endpoint that is gone
   * or has failed for longer than `failingLimitMs` is disabled.
   */
  abstract settle(
    settlements: readonly Settlement[],
    releases: readonly Release[],
    failingLimitMs: number,
  ): Promise<Settled>;
  /** Goes on with what `WebhookDeliveries.redeliverSince` has begun, bounded. */
  abstract putBack(): Promise<PutBack>;
  /** Gives up what is pending for endpoints that are disabled, and forgets what belongs to deleted ones and what has been kept long enough. */
  abstract tidy(): Promise<void>;
  /** Pending deliveries, over all tenants. */
  abstract depth(): Promise<number>;
}
