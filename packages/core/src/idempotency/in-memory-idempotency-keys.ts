import type { Clock } from '../shared/clock.js';
import type { BegunTurn, NewTurn, TurnStore } from '../messages/turn-store.js';
import { type IdempotencyKey, IdempotencyKeys, KEY_LIFETIME_MS, type KeyUse } from './idempotency-keys.js';

export class InMemoryIdempotencyKeys extends IdempotencyKeys {
  constructor(
    private readonly turns: Pick<TurnStore, 'begin'>,
    private readonly clock: Clock,
    private readonly uses = new Map<string, KeyUse & { until: number }>(),
  ) {
    super();
  }

  /** Another replica's view of the same keys. */
  sibling(turns: Pick<TurnStore, 'begin'>): InMemoryIdempotencyKeys {
    return new InMemoryIdempotencyKeys(turns, this.clock, this.uses);
  }

  async begin({ key, fingerprint }: IdempotencyKey, turn: NewTurn): Promise<{ begun: BegunTurn } | { used: KeyUse }> {
    const id = JSON.stringify([turn.tenant, key]);
    const now = this.clock.now().getTime();
    const use = this.uses.get(id);
    if (use && use.until > now) {
      const { turnId, conversationId } = use;
      return { used: { turnId, conversationId, fingerprint: use.fingerprint } };
    }
    const { turnId, conversationId } = turn;
    this.uses.set(id, { turnId, conversationId, fingerprint, until: now + KEY_LIFETIME_MS });
    try {
      return { begun: await this.turns.begin(turn) };
    } catch (error) {
      this.uses.delete(id);
      throw error;
    }
  }
}
