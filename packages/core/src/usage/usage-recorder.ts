import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { UsageRecord, UsageStore } from './usage-store.js';

const HOUR_MS = 3_600_000;
const FLUSH_MS = 3_000;

export type CallUsage = Omit<UsageRecord, 'hour' | 'calls'>;

/** Collects what was used and stores it in batches, so that no call waits for it. A crash costs the last few seconds. */
export class UsageRecorder {
  private collected = new Map<string, UsageRecord>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: UsageStore,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Counts one call. */
  record(usage: CallUsage): void {
    const hour = Math.floor(this.clock.now().getTime() / HOUR_MS) * HOUR_MS;
    this.put({ ...usage, hour: new Date(hour), calls: 1 });
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Stores what was collected. What can't be stored now is kept for the next time. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.storeCollected());
    return this.flushing;
  }

  /** After the last call. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async storeCollected(): Promise<void> {
    if (this.collected.size === 0) return;
    const records = [...this.collected.values()];
    this.collected = new Map();
    try {
      await this.store.add(records);
    } catch (error) {
      this.logger.warn('usage could not be stored; it is kept for the next time', { error, records: records.length });
      for (const record of records) this.put(record);
      this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
    }
  }

  private put(record: UsageRecord): void {
    const { tenant, token, agentId, model, hour } = record;
    const key = `${hour.getTime()}\n${tenant}\n${token}\n${agentId}\n${model}`;
    const known = this.collected.get(key);
    if (!known) {
      this.collected.set(key, record);
      return;
    }
    known.calls += record.calls;
    known.inputTokens += record.inputTokens;
    known.outputTokens += record.outputTokens;
  }
}
