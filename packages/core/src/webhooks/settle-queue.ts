import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Release, Settled, Settlement, WebhookQueue } from './webhook-queue.js';

/** Of nothing but failures, until an endpoint is disabled. */
export const FAILING_LIMIT_MS = 3 * 86_400_000;

const AWAY_PAUSE_MS = 250;
/** Bounds one statement. */
const BATCH = 200;

/** Writes down how attempts ended: what comes while a batch is being written makes the next one. */
export class SettleQueue {
  private settlements: Settlement[] = [];
  private releases: Release[] = [];
  private writing: Promise<void> | undefined;
  private closing = false;

  constructor(
    private readonly queue: WebhookQueue,
    private readonly logger: Logger,
    private readonly onWritten: (settled: Settled) => void,
  ) {}

  settle(settlement: Settlement): void {
    this.settlements.push(settlement);
    this.write();
  }

  release(release: Release): void {
    this.releases.push(release);
    this.write();
  }

  /** Settles when everything is written, or the database is away: then the claims run out by themselves. */
  async close(): Promise<void> {
    this.closing = true;
    await this.writing;
  }

  private write(): void {
    this.writing ??= this.writeAll().finally(() => {
      this.writing = undefined;
    });
  }

  private async writeAll(): Promise<void> {
    // What ends within the same turn of the event loop is written together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.settlements.length + this.releases.length > 0) {
      const settlements = this.settlements.slice(0, BATCH);
      // A lane is given back only with or after all that happened in it.
      const releases = this.settlements.length > BATCH ? [] : this.releases.slice();
      try {
        const settled = await this.queue.settle(settlements, releases, FAILING_LIMIT_MS);
        this.settlements.splice(0, settlements.length);
        this.releases.splice(0, releases.length);
        this.onWritten(settled);
      } catch (error) {
        if (!(error instanceof Unavailable)) {
          // Tried again by whoever claims them next, this replica or another one.
          this.logger.error('webhook deliveries could not be written down', { error });
          this.settlements.splice(0, settlements.length);
          this.releases.splice(0, releases.length);
        } else if (this.closing) return;
        else await sleep(AWAY_PAUSE_MS);
      }
    }
  }
}
