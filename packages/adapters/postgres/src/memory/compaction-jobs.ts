import type { Logger } from '@openclaw/core';
import type { PgBoss } from 'pg-boss';

const QUEUE = 'memory-compaction';

/** Compaction by the clock: one job at a time, whichever replica takes it. */
export class CompactionJobs {
  private workerId: string | undefined;

  constructor(
    private readonly boss: PgBoss,
    private readonly logger: Logger,
  ) {}

  /** `schedule` is a cron expression, in UTC; `run` is told to stop when the job is taken away or the gateway ends. */
  async start(schedule: string, run: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    await this.boss.createQueue(QUEUE, {
      policy: 'exclusive',
      retryLimit: 2,
      expireInSeconds: 6 * 3_600,
      heartbeatSeconds: 10,
      deleteAfterSeconds: 24 * 3_600,
    });
    await this.boss.schedule(QUEUE, schedule, null, { tz: 'UTC' });
    this.workerId = await this.boss.work(QUEUE, { pollingIntervalSeconds: 30 }, async ([job]) => {
      if (job) await run(job.signal ?? new AbortController().signal);
    });
  }

  async stop(): Promise<void> {
    if (this.workerId === undefined) return;
    await this.boss
      .offWork(QUEUE, { id: this.workerId, wait: true })
      .catch((error: unknown) => this.logger.warn('the compaction did not stop cleanly', { error }));
  }
}
