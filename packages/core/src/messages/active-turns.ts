import { Unavailable } from '../shared/errors.js';

/** Why a running turn was told to stop. */
export class TurnAborted extends Error {
  constructor(readonly why: 'caller-left' | 'shutdown') {
    super(why === 'caller-left' ? 'the caller left' : 'the gateway is shutting down');
    this.name = 'TurnAborted';
  }
}

/** The turns that run in this process, so that a shutdown can wait for them. */
export class ActiveTurns {
  private readonly running = new Set<AbortController>();
  private closed = false;
  private whenIdle: (() => void) | undefined;
  private finished = 0;
  private latencyMs = 0;

  /** Takes a turn in. Throws `Unavailable` once `close` was called. */
  enter(): AbortController {
    if (this.closed)
      throw new Unavailable('The gateway is shutting down; try again in a moment', { retryAfterSeconds: 5 });
    const controller = new AbortController();
    this.running.add(controller);
    return controller;
  }

  /** `latencyMs` of a turn that got its answer. */
  leave(controller: AbortController, latencyMs?: number): void {
    if (latencyMs !== undefined) {
      this.finished++;
      this.latencyMs += latencyMs;
    }
    if (this.running.delete(controller) && this.running.size === 0) this.whenIdle?.();
  }

  get size(): number {
    return this.running.size;
  }

  get draining(): boolean {
    return this.closed;
  }

  /** Answers given since the start of this process, and their mean latency in ms. */
  get statistics(): { total: number; averageLatencyMs: number } {
    return {
      total: this.finished,
      averageLatencyMs: this.finished === 0 ? 0 : Math.round(this.latencyMs / this.finished),
    };
  }

  /** Takes no new turns; waits up to `ms` for the running ones, then aborts what is left and waits for that to be put away. */
  async drain(ms: number): Promise<void> {
    this.closed = true;
    if (await this.idleWithin(ms)) return;
    for (const controller of this.running) controller.abort(new TurnAborted('shutdown'));
    await this.idleWithin(SETTLE_MS);
  }

  private async idleWithin(ms: number): Promise<boolean> {
    if (this.running.size === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.whenIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** How long an aborted turn may take to be stored as what it is. */
const SETTLE_MS = 3_000;
