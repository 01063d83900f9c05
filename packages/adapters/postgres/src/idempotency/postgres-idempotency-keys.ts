import { type BegunTurn, type IdempotencyKey, IdempotencyKeys, type KeyUse, type NewTurn } from '@openclaw/core';
import type { PostgresTurnStore } from '../turns/postgres-turn-store.js';

/** Keys beside the turns: the transaction that begins a turn writes its key. */
export class PostgresIdempotencyKeys extends IdempotencyKeys {
  constructor(private readonly turns: PostgresTurnStore) {
    super();
  }

  begin(key: IdempotencyKey, turn: NewTurn): Promise<{ begun: BegunTurn } | { used: KeyUse }> {
    return this.turns.beginLasting(turn, key);
  }
}
