import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffSettings {
  firstMs: number;
  longestMs: number;
}

/** How long to wait before the next of several attempts: doubling, with jitter, so that not everybody comes back at the same time. */
export class Backoff {
  private failures = 0;

  constructor(private readonly settings: BackoffSettings) {}

  /** It works again. */
  reset(): void {
    this.failures = 0;
  }

  /**
   * Resolves at once when the signal is aborted.
   *
   * @param leastMs what was asked for by the other side
   */
  async wait(signal: AbortSignal, leastMs = 0): Promise<void> {
    const { firstMs, longestMs } = this.settings;
    const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(this.failures++, 16));
    const ms = Math.max(leastMs, ceiling / 2 + (Math.random() * ceiling) / 2);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
