import type { FunctionSession } from './function-session.js';
import type { McpSession } from './mcp-session.js';

export type Session = FunctionSession | McpSession;

/** A skill that nobody has used for so long is not kept warm any more. */
const IDLE_MS = 5 * 60 * 1_000;
/** For all skills together. */
const MOST_WARM = 32;

interface Kept {
  session: Session;
  timer: NodeJS.Timeout;
}

/** Sandboxes of skills in use that were started ahead, loaded and used by nobody: each for one call. */
export class WarmSandboxes {
  private readonly kept = new Map<string, Kept[]>();
  private readonly starting = new Map<string, number>();
  private closed = false;

  /** `perSkill`: how many are kept for one skill. */
  constructor(
    private readonly perSkill: () => number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** `key` says everything that makes two sandboxes alike. */
  take(key: string): Session | undefined {
    for (;;) {
      const kept = this.kept.get(key)?.shift();
      if (!kept) return undefined;
      clearTimeout(kept.timer);
      if (kept.session.sandbox.alive) return kept.session;
    }
  }

  /** Starts what is missing, in the background. */
  refill(key: string, start: () => Promise<Session>): void {
    const starting = this.starting.get(key) ?? 0;
    const there = this.kept.get(key)?.length ?? 0;
    if (this.closed || there + starting >= this.perSkill() || this.size >= MOST_WARM) return;
    this.starting.set(key, starting + 1);
    start()
      .then(
        (session) => this.keep(key, session),
        (error: unknown) => this.onFailure(error),
      )
      .finally(() => this.starting.set(key, (this.starting.get(key) ?? 1) - 1));
  }

  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.kept.values()].flat();
    this.kept.clear();
    for (const kept of all) discard(kept);
    await Promise.all(all.map(({ session }) => session.sandbox.gone));
  }

  private get size(): number {
    return [...this.kept.values(), ...[...this.starting.values()].map((length) => ({ length }))].reduce(
      (sum, { length }) => sum + length,
      0,
    );
  }

  private keep(key: string, session: Session): void {
    const list = this.kept.get(key) ?? [];
    this.kept.set(key, list);
    const kept: Kept = {
      session,
      timer: setTimeout(() => {
        list.splice(list.indexOf(kept), 1);
        if (list.length === 0) this.kept.delete(key);
        discard(kept);
      }, IDLE_MS),
    };
    if (this.closed) return discard(kept);
    kept.timer.unref();
    list.push(kept);
  }
}

function discard({ session, timer }: Kept): void {
  clearTimeout(timer);
  session.sandbox.kill(new Error('it is not needed any more'));
}
