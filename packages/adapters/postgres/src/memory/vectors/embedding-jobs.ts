import { EmbeddingDispatcher, type Logger } from '@openclaw/core';
import type { PgBoss } from 'pg-boss';

const QUEUE = 'memory-embedding';

/** Embedding as one job at a time, whichever replica takes it; tried again, ever more slowly, while the endpoint is away. */
export class EmbeddingJobs extends EmbeddingDispatcher {
  private workerId: string | undefined;

  constructor(
    private readonly boss: PgBoss,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** `run` is told to stop when the job is taken away. */
  async start(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await this.boss.createQueue(QUEUE, {
      policy: 'exclusive',
      retryLimit: 1_000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      expireInSeconds: 6 * 3_600,
      heartbeatSeconds: 10,
      deleteAfterSeconds: 3_600,
    });
    this.workerId = await this.boss.work(QUEUE, { pollingIntervalSeconds: 2 }, async ([job]) => {
      if (!job) return;
      try {
        await run(job.signal ?? new AbortController().signal);
      } catch (error) {
        this.logger.warn('the memory could not be embedded; it is tried again', { error });
        throw error;
      }
    });
  }

  /** Refused by the queue while a job waits, runs or is to be tried again. */
  async request(): Promise<void> {
    const sent = await this.boss.send(QUEUE, {});
    if (sent !== null && this.workerId !== undefined) this.boss.notifyWorker(this.workerId);
  }

  async stop(): Promise<void> {
    if (this.workerId === undefined) return;
    await this.boss
      .offWork(QUEUE, { id: this.workerId, wait: true })
      .catch((error: unknown) => this.logger.warn('embedding did not stop cleanly', { error }));
  }
}
