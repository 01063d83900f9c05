import {
  CANCELLED,
  endOf,
  type Heard,
  type Logger,
  type ToldItem,
  type ToldStretch,
  type TurnOrders,
  type TurnPart,
  type TurnPlace,
  type TurnRef,
  TurnRelay,
  Unavailable,
} from '@openclaw/core';
import type { Database } from '../database.js';
import * as sql from './relay-statements.js';

/** How often orders and signs are looked for when nobody calls: a call may get lost. In ms. */
const POLL_MS = 1_000;
/** So much of what was told is read at once. */
const MOST_PARTS = 100;

interface Attended {
  ref: TurnRef;
  orders: TurnOrders;
  place: number;
}

/** Orders and signs between replicas: rows say what is, NOTIFY only that it is worth looking. */
export class PostgresTurnRelay extends TurnRelay {
  /**
   * An array in which the last one fills a gap, for the reason that `ActiveTurns` has: a Map's outgrown tables keep each turn, and whatever
   * it had hold of, alive until the whole heap is collected.
   */
  private readonly attended: Attended[] = [];
  private readonly listeners = new Map<string, Set<() => void>>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private again = false;

  constructor(
    private readonly database: Database,
    private readonly replicaId: string,
    private readonly logger: Logger,
  ) {
    super();
  }

  attend(ref: TurnRef, orders: TurnOrders): () => void {
    const turn: Attended = { ref, orders, place: this.attended.length };
    this.attended.push(turn);
    this.timer ??= setInterval(() => this.look(), POLL_MS);
    return () => {
      if (this.attended[turn.place] !== turn) return;
      const last = this.attended.pop();
      if (last && last !== turn) {
        this.attended[turn.place] = last;
        last.place = turn.place;
      }
      if (this.attended.length > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  async cancel(tenant: string, turnId: string): Promise<'cancelling' | 'cancelled' | undefined> {
    const values = [tenant, turnId, this.replicaId, JSON.stringify(CANCELLED)];
    const [row] = await this.database.query<{ owner: string | null }>(sql.CANCEL_TURN, values);
    const owner = row?.owner ?? undefined;
    if (owner === undefined) return undefined;
    if (owner === this.replicaId) this.ordersOf(tenant, turnId)?.cancel();
    return owner === '' ? 'cancelled' : 'cancelling';
  }

  async follow(tenant: string, turnId: string, what: 'end' | 'events'): Promise<void> {
    await this.database.query(what === 'end' ? sql.AWAIT_END : sql.ASK_TO_TELL, [tenant, turnId]);
  }

  async tell(ref: TurnRef, part: TurnPart): Promise<void> {
    const { run, at, items } = part;
    const { position, skillEvents } = endOf(part);
    const values = [ref.tenant, ref.id, run, at, position, JSON.stringify(items), skillEvents];
    await this.database.query(sql.TELL, values);
  }

  async heard(tenant: string, turnId: string, after: TurnPlace | undefined): Promise<Heard> {
    const { run = 0, position = 0, skillEvents = 0 } = after ?? {};
    const values = [tenant, turnId, run, position, skillEvents, MOST_PARTS];
    const rows = await this.database.query<PartRow | NoPartRow>(sql.HEARD, values);
    const parts = rows.flatMap((row) => (row.texts === null ? [] : [stretchOf(row)]));
    return { run: rows[0]?.run ?? undefined, parts, more: parts.length === MOST_PARTS };
  }

  async nextSign(tenant: string, turnId: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const key = keyOf(tenant, turnId);
    const listeners = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, listeners);
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        listeners.delete(done);
        if (listeners.size === 0 && this.listeners.get(key) === listeners) this.listeners.delete(key);
        resolve();
      };
      const timer = setTimeout(done, POLL_MS);
      signal.addEventListener('abort', done, { once: true });
      listeners.add(done);
    });
  }

  /** There is something to see of this turn. */
  sign(tenant: string, turnId: string): void {
    for (const wake of [...(this.listeners.get(keyOf(tenant, turnId)) ?? [])]) wake();
  }

  /** There may be orders for a turn of this replica. */
  ordered(replicaId: string): void {
    if (replicaId === this.replicaId) this.look();
  }

  /** Orders are rare, and of the turns of one process there are never many. */
  private ordersOf(tenant: string, turnId: string): TurnOrders | undefined {
    return this.attended.findLast(({ ref }) => ref.id === turnId && ref.tenant === tenant)?.orders;
  }

  private look(): void {
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    void this.passOn().finally(() => {
      this.looking = false;
      if (!this.again) return;
      this.again = false;
      this.look();
    });
  }

  private async passOn(): Promise<void> {
    if (this.attended.length === 0) return;
    try {
      const rows = await this.database.query<{ tenant: string; id: string; cancelled: boolean; told: boolean }>(
        sql.ORDERS,
        [this.replicaId],
      );
      for (const { tenant, id, cancelled, told } of rows) {
        const orders = this.ordersOf(tenant, id);
        if (cancelled) orders?.cancel();
        else if (told) orders?.tell();
      }
    } catch (error) {
      if (!(error instanceof Unavailable)) this.logger.error('could not look for orders', { error });
    }
  }
}

interface NoPartRow {
  run: number | null;
  texts: null;
}

interface PartRow {
  run: number;
  at: number;
  texts: ToldItem[];
  /** Up to the part's end. */
  skill_events: number;
}

function stretchOf({ at, texts: items, skill_events: upto }: PartRow): ToldStretch {
  return { at, skillEvents: upto - items.filter((item) => typeof item !== 'string').length, items };
}

function keyOf(tenant: string, turnId: string): string {
  return `${tenant}\n${turnId}`;
}
