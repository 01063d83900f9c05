import type { BegunTurn, NewTurn } from '../messages/turn-store.js';

/** A caller's word that all requests under this key are one. Of one tenant. */
export interface IdempotencyKey {
  /** 1 to 255 printable characters. */
  key: string;
  /** Stands for what was asked; another one under the same key is a mistake of the caller's. */
  fingerprint: string;
}

/** What a key has been used for. */
export interface KeyUse {
  turnId: string;
  conversationId: string;
  fingerprint: string;
}

/** How long a key is known, in ms. */
export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1_000;

/** Keys under which turns were begun. A key leads to its turn, and the turn has the answer: nothing else is kept. */
export abstract class IdempotencyKeys {
  /**
   * Begins the turn as `TurnStore.begin` does and writes the key down with it, both or neither; or, when the key was used in the last
   * 24 hours, begins nothing and tells what for. Of several at the same time one begins.
   */
  abstract begin(key: IdempotencyKey, turn: NewTurn): Promise<{ begun: BegunTurn } | { used: KeyUse }>;
}
