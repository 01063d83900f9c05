import { type Metrics, NoMetrics } from '../metrics/metrics.js';
import { AgentSlots } from '../limits/agent-slots.js';
import { Unavailable } from '../shared/errors.js';

const WHY = {
  'caller-left': 'the caller left',
  cancelled: 'the turn was cancelled',
  shutdown: 'the gateway is shutting down',
};

/** Why a running turn was told to stop. */
export class TurnAborted extends Error {
  constructor(readonly why: 'caller-left' | 'cancelled' | 'shutdown') {
    super(WHY[why]);
    this.name = 'TurnAborted';
  }
}

class RunningTurn extends AbortController {
  constructor(
    public place: number,
    /** Lets the next one in. */
    readonly left: (() => void) | undefined,
  ) {
    super();
  }
}

/** The turns that run in this process, so that a shutdown can wait for them. */
export class ActiveTurns {
  /**
   * An array in which the last one fills a gap, and no Set: each time a Set that is always added to and taken from is laid out anew, V8
   * keeps its old table pointing to the new one, and once one of them is in the old generation, everything that a turn had hold of is
   * promoted after it.
   */
  private readonly running: RunningTurn[] = [];
  private closed = false;
  private whenIdle: (() => void) | undefined;
  private finished = 0;
  private latencyMs = 0;

  constructor(
    private readonly metrics: Pick<Metrics, 'turnAnswered'> = new NoMetrics(),
    private readonly slots: AgentSlots = AgentSlots.unlimited(),
  ) {}

  /**
   * Takes a turn in. Throws `Unavailable` once `drain` was called, and when `agentId` has too many waiting already; a turn that was
   * accepted before names none.
   */
  enter(agentId?: string): AbortController {
    if (this.closed)
      throw new Unavailable('The gateway is shutting down; try again in a moment', { retryAfterSeconds: 5 });
    const left = agentId === undefined ? undefined : this.slots.admit(agentId);
    const turn = new RunningTurn(this.running.length, left);
    this.running.push(turn);
    return turn;
  }

  /** Waits until the agent may call its model once more; to be called back when it has. Rejects with the signal's reason. */
  slot(agentId: string, tenant: string, signal: AbortSignal): Promise<() => void> {
    return this.slots.enter(agentId, tenant, signal);
  }

  /** `latencyMs` of a turn that got its answer. */
  leave(controller: AbortController, latencyMs?: number): void {
    if (latencyMs !== undefined) {
      this.finished++;
      this.latencyMs += latencyMs;
      this.metrics.turnAnswered(latencyMs / 1_000);
    }
    if (!(controller instanceof RunningTurn)) return;
    controller.left?.();
    if (this.remove(controller) && this.running.length === 0) this.whenIdle?.();
  }

  get size(): number {
    return this.running.length;
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
    for (const controller of [...this.running]) controller.abort(new TurnAborted('shutdown'));
    await this.idleWithin(SETTLE_MS);
  }

  private remove(turn: RunningTurn): boolean {
    if (this.running[turn.place] !== turn) return false;
    const last = this.running.pop();
    if (last && last !== turn) {
      this.running[turn.place] = last;
      last.place = turn.place;
    }
    return true;
  }

  private async idleWithin(ms: number): Promise<boolean> {
    if (this.running.length === 0) return true;
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
