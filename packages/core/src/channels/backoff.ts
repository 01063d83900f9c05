import { setTimeout as pauseFor } from 'node:timers/promises';

/** The pauses of one who tries again by himself: each twice as long as the one before, up to a limit, and never the same for everybody. */
export class Backoff {
  private failures = 0;

  /** Both in ms. */
  constructor(
    private readonly firstMs = 500,
    private readonly longestMs = 60_000,
  ) {}

  /** After a success: the next pause is the shortest again. */
  reset(): void {
    this.failures = 0;
  }

  /** In ms; at least `askedMs`, what the other side wants. */
  next(askedMs = 0): number {
    const grown = Math.min(this.firstMs * 2 ** this.failures, this.longestMs);
    // Stops counting where doubling no longer matters, long before the number overflows.
    this.failures = Math.min(this.failures + 1, 32);
    return Math.max(grown * (0.5 + Math.random() / 2), askedMs);
  }

  /** Resolves after the next pause, or at once when `signal` is aborted. */
  async pause(signal: AbortSignal, askedMs?: number): Promise<void> {
    await pauseFor(this.next(askedMs), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
