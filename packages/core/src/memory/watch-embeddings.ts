import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { CurrentEmbeddingModel } from './current-embedding-model.js';
import type { VectorIndex } from './vector-index.js';

/** The queue in which embedding is one job at a time, whichever replica takes it. */
export abstract class EmbeddingDispatcher {
  /** Has what waits embedded soon, unless that is under way already. */
  abstract request(): Promise<void>;
}

const PAUSE_MS = 500;

/** Follows the configuration and sees to it that what waits for a vector is embedded, whoever stored it and whenever. */
export class WatchEmbeddings {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly model: Pick<CurrentEmbeddingModel, 'get'>,
    private readonly vectors: Pick<VectorIndex, 'anyWaiting'>,
    private readonly jobs: EmbeddingDispatcher,
    private readonly logger: Logger,
    private readonly pauseMs = PAUSE_MS,
  ) {}

  start(): void {
    this.running ??= this.work();
  }

  async close(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async work(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        if ((await this.model.get()) && (await this.vectors.anyWaiting())) await this.jobs.request();
      } catch (error) {
        if (!(error instanceof Unavailable))
          this.logger.error('what waits to be embedded could not be looked up; it is tried again', { error });
      }
      await sleep(this.pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
