import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { TurnForgotten } from './turn-lost.js';

const PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** The database stayed away past our patience while the turn was being made ready: nothing of it has been said. */
export class StoreAway extends Unavailable {}

/** The database stayed away past our patience: the write is tried until it comes back, the caller is told now. */
export class StoredLater extends Unavailable {}

/** A database that is away for a moment costs a running turn that moment, and nothing else. */
export class StorePatience {
  constructor(private readonly logger: Logger) {}

  /** Throws {@link StoreAway} when the database stays away, and the signal's reason when aborted meanwhile. */
  async read<Result>(read: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    try {
      return await this.retry(read, signal);
    } catch (error) {
      throw isAway(error) ? new StoreAway(error.message, { cause: error }) : error;
    }
  }

  /** Throws {@link StoredLater} when the database stays away. */
  async write(write: () => Promise<void>): Promise<void> {
    try {
      await this.retry(write);
    } catch (error) {
      if (!isAway(error)) throw error;
      void this.writeLater(write);
      throw new StoredLater(error.message, { cause: error });
    }
  }

  /** Throws what the last try threw. */
  private async retry<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const deadline = Date.now() + PATIENCE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!isAway(error) || Date.now() > deadline) throw error;
        await sleep(pauseMs);
        signal?.throwIfAborted();
      }
    }
  }

  private async writeLater(write: () => Promise<void>): Promise<void> {
    for (;;) {
      await sleep(LONGEST_PAUSE_MS, undefined, { ref: false });
      try {
        return await write();
      } catch (error) {
        if (isAway(error)) continue;
        this.logger.warn('a turn could not be put away', { error });
        return;
      }
    }
  }
}

function isAway(error: unknown): error is Unavailable {
  return error instanceof Unavailable && !(error instanceof TurnForgotten);
}
