import { type Logger, TurnForgotten, TurnLost, type TurnRef, Unavailable } from '@openclaw/core';
import type { Database } from '../database.js';
import { WAITING_STATES } from './statements.js';

interface Waiter {
  ref: TurnRef;
  since: number;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** How often the waiting turns are looked at when nobody calls: a call may get lost. In ms. */
const POLL_MS = 500;

/** Wakes the turns that wait for their place. One statement looks at all that wait here, however many there are. */
export class TurnSignals {
  private readonly waiting = new Map<string, Waiter>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private again = false;

  constructor(
    private readonly database: Database,
    private readonly replicaId: string,
    private readonly logger: Logger,
  ) {}

  /** `since`: from when on the turn was in the database, in ms. */
  async whenReady(ref: TurnRef, signal: AbortSignal, since: number): Promise<void> {
    signal.throwIfAborted();
    const key = keyOf(ref.tenant, ref.id);
    let stop: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        stop = () => reject(signal.reason as Error);
        signal.addEventListener('abort', stop, { once: true });
        this.waiting.set(key, { ref, since, resolve, reject });
        this.look();
      });
    } finally {
      if (stop) signal.removeEventListener('abort', stop);
      this.waiting.delete(key);
      if (this.waiting.size === 0) this.rest();
    }
  }

  /** A turn of this conversation has ended, here or elsewhere. */
  progress(tenant: string, conversationId: string): void {
    for (const { ref } of this.waiting.values()) {
      if (ref.tenant === tenant && ref.conversationId === conversationId) return this.look();
    }
  }

  private look(): void {
    this.timer ??= setInterval(() => this.look(), POLL_MS);
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    void this.wakeReady().finally(() => {
      this.looking = false;
      if (this.again && this.waiting.size > 0) {
        this.again = false;
        this.look();
      }
    });
  }

  private async wakeReady(): Promise<void> {
    const refs = [...this.waiting.values()].map((waiter) => waiter.ref);
    if (refs.length === 0) return;
    try {
      const rows = await this.database.query<{ tenant: string; id: string; gone: boolean; ready: boolean }>(
        WAITING_STATES,
        [refs.map((ref) => ref.tenant), refs.map((ref) => ref.id), this.replicaId],
      );
      for (const row of rows) {
        const waiter = this.waiting.get(keyOf(row.tenant, row.id));
        if (!waiter) continue;
        if (row.ready) waiter.resolve();
        else if (row.gone)
          waiter.reject(this.database.lostSince(waiter.since) ? new TurnForgotten() : new TurnLost('deleted'));
      }
    } catch (error) {
      if (!(error instanceof Unavailable)) this.logger.error('could not look at the waiting turns', { error });
    }
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function keyOf(tenant: string, id: string): string {
  return `${tenant}\n${id}`;
}
