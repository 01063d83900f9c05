import type { Logger } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { PgBoss } from 'pg-boss';

const QUEUE = 'memory-summaries';

const WANT = `update memory_segments set summary = 'wanted' where tenant = $1 and stream = $2 and position = $3 and summary is null`;

/** "There are segments to sum up" as a job: one waits at most, and one runs, whichever replica takes it. Which ones, the segments know. */
export class SummaryJobs {
  private workerId: string | undefined;
  private ready = false;

  constructor(
    private readonly boss: PgBoss,
    private readonly logger: Logger,
  ) {}

  async start(run: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    await this.boss.createQueue(QUEUE, {
      policy: 'stately',
      ...{ retryLimit: 8, retryDelay: 30, retryBackoff: true, retryDelayMax: 3_600 },
      ...{ expireInSeconds: 6 * 3_600, heartbeatSeconds: 10, deleteAfterSeconds: 24 * 3_600 },
    });
    this.ready = true;
    this.workerId = await this.boss.work(QUEUE, { pollingIntervalSeconds: 10 }, async ([job]) => {
      if (job) await run(job.signal);
    });
  }

  /** Takes note of a segment that was just written, in that transaction. */
  async notice(
    client: PoolClient,
    { tenant, stream, start }: { tenant: string; stream: string; start: number },
  ): Promise<void> {
    await client.query(WANT, [tenant, stream, start]);
    if (!this.ready) return;
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await this.boss.send(QUEUE, null, { db });
  }

  async stop(): Promise<void> {
    if (this.workerId === undefined) return;
    await this.boss
      .offWork(QUEUE, { id: this.workerId, wait: true })
      .catch((error: unknown) => this.logger.warn('the summaries did not stop cleanly', { error }));
  }
}
