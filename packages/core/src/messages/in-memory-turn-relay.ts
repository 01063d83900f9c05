import { type InMemoryConversations, type StoredTurnRow, toldKey } from '../conversations/in-memory-conversations.js';
import { CANCELLED } from '../shared/errors.js';
import { InMemoryTurnStore } from './in-memory-turn-store.js';
import { endOf, type TurnPlace } from './told-items.js';
import { type Heard, type TurnOrders, type TurnPart, TurnRelay } from './turn-relay.js';
import type { TurnRef } from './turn.js';

const SIGN_MS = 1_000;
const CANCELLER = 'canceller';

/** All "replicas" that share `data` share this, too. */
export class InMemoryTurnRelay extends TurnRelay {
  constructor(private readonly data: InMemoryConversations) {
    super();
  }

  attend(ref: TurnRef, orders: TurnOrders): () => void {
    const key = toldKey(ref.tenant, ref.id);
    this.data.attended.set(key, orders);
    if (this.row(ref.tenant, ref.id)?.turn.cancelled) orders.cancel();
    return () => this.data.attended.delete(key);
  }

  async cancel(tenant: string, turnId: string): Promise<'cancelling' | 'cancelled' | undefined> {
    const found = this.row(tenant, turnId);
    if (!found) return undefined;
    const { turn, conversationId } = found;
    turn.cancelled = true;
    if (turn.owner !== undefined) {
      this.data.attended.get(toldKey(tenant, turnId))?.cancel();
      return 'cancelling';
    }
    turn.owner = CANCELLER;
    await new InMemoryTurnStore(this.data, CANCELLER).fail(
      { tenant, conversationId, id: turnId, no: turn.no },
      CANCELLED,
    );
    return 'cancelled';
  }

  async follow(tenant: string, turnId: string, what: 'end' | 'events'): Promise<void> {
    const turn = this.row(tenant, turnId)?.turn;
    if (!turn || what === 'end') return;
    turn.told = true;
    this.data.attended.get(toldKey(tenant, turnId))?.tell();
  }

  async tell(ref: TurnRef, part: TurnPart): Promise<void> {
    if (!this.row(ref.tenant, ref.id)) return;
    const key = toldKey(ref.tenant, ref.id);
    const parts = this.data.told.get(key) ?? [];
    this.data.told.set(key, parts);
    const upto = keyOf(part);
    if (!parts.some((other) => keyOf(other) === upto)) parts.push(part);
    this.data.wake();
  }

  async heard(tenant: string, turnId: string, after: TurnPlace | undefined): Promise<Heard> {
    const all = this.data.told.get(toldKey(tenant, turnId)) ?? [];
    if (all.length === 0) return { run: undefined, parts: [], more: false };
    const run = Math.max(...all.map((part) => part.run));
    const { position, skillEvents } = after?.run === run ? after : { position: 0, skillEvents: 0 };
    const isAfter = (part: TurnPart) => {
      const end = endOf(part);
      return end.position > position || (end.position === position && end.skillEvents > skillEvents);
    };
    const parts = all
      .filter((part) => part.run === run && isAfter(part))
      .sort((a, b) => a.at - b.at || a.skillEvents - b.skillEvents);
    return { run, parts: parts.map(({ run: _, ...stretch }) => stretch), more: false };
  }

  async nextSign(_tenant: string, _turnId: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.data.waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, SIGN_MS);
      this.data.waiters.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  private row(tenant: string, turnId: string): { turn: StoredTurnRow; conversationId: string } | undefined {
    for (const [conversationId, stored] of this.data.of(tenant)) {
      const turn = stored.turns.find((row) => row.id === turnId && !row.failure);
      if (turn) return { turn, conversationId };
    }
    return undefined;
  }
}

/** Of parts with the same key the first one counts. */
function keyOf(part: TurnPart): string {
  const { position, skillEvents } = endOf(part);
  return `${part.run}.${position}.${skillEvents}`;
}
