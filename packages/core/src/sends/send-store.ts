import type { IdempotencyKey, KeyUse } from '../idempotency/idempotency-keys.js';
import type { ClaimedSend, NewSend, Send, SendOutcome, SendRef } from './send.js';

/** `claimed`: this replica is to deliver it now; undefined while an earlier one of the same chat is on its way. */
export type AcceptedSend = { claimed: ClaimedSend | undefined; acceptedAt: Date } | { used: KeyUse };

/** Channels that this replica can send through, each with the tenant it belongs to. */
export interface ChannelPlace {
  channel: string;
  tenant: string;
}

/**
 * Keeps what is to be sent until a platform has taken it. Sends of one chat are claimed one at a time, in the order in which they were
 * accepted, across replicas; chats never wait for each other. A send belongs to the replica that claimed it until it ends or is put back; a
 * replica that dies loses its claims to others.
 */
export abstract class SendStore {
  /**
   * Stores the send, and its text as a message in the chat's conversation, which is opened if need be: both or neither, under the key
   * if there is one. Where the key was used in the last 24 hours nothing is stored.
   */
  abstract accept(send: NewSend, key?: IdempotencyKey): Promise<AcceptedSend>;

  /** Takes back a send without a key whose acceptance was never told to anybody, unless it has been tried meanwhile. */
  abstract withdraw(ref: SendRef): Promise<void>;

  abstract find(tenant: string, id: string): Promise<Send | undefined>;

  /** Claims sends whose time has come, the longest due first: each the first one of its chat. */
  abstract claimDue(places: readonly ChannelPlace[], limit: number): Promise<ClaimedSend[]>;

  /** Claims the first ones of their chats that have been queued for longer than this, whatever their channel. */
  abstract claimOverdue(ageMs: number, limit: number): Promise<ClaimedSend[]>;

  /** Notes which parts the platform has taken. False when the send is not this replica's any more. */
  abstract progress(ref: SendRef, parts: readonly string[], messageIds: readonly string[]): Promise<boolean>;

  /**
   * Notes what an attempt came to, and, with its end, the event `message.sent` or `message.failed`. Claims the chat's next send where that
   * is due, if `more`. `at` is when it came to this: now, when left out. Does nothing when the send is not this replica's any more.
   */
  abstract note(ref: SendRef, outcome: SendOutcome, more: boolean, at?: Date): Promise<ClaimedSend | undefined>;
}
