import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Analyser } from './analyser.js';
import type { MemoryIndex } from './memory-index.js';
import { termsBy } from './index-text.js';

/** Many at once cost less each: words that several have are counted and filed once. */
const BATCH = 1_000;
const SHORTEST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 1_000;

/** Indexes in the background what the turns have stored, whoever stored it and whenever: nothing is lost when a replica dies. */
export class IndexMemory {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly index: MemoryIndex,
    private readonly analyser: Analyser,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running ??= this.work();
  }

  /** Resolves when the batch under way is done. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async work(): Promise<void> {
    const { signal } = this.stopped;
    const termsOf = termsBy(this.analyser);
    let pauseMs = SHORTEST_PAUSE_MS;
    while (!signal.aborted) {
      let indexed = 0;
      try {
        indexed = await this.index.indexPending({ limit: BATCH, version: this.analyser.version }, termsOf);
      } catch (error) {
        if (!(error instanceof Unavailable))
          this.logger.error('memory could not be indexed; it is tried again', { error });
        pauseMs = LONGEST_PAUSE_MS;
      }
      if (indexed > 0) pauseMs = SHORTEST_PAUSE_MS;
      if (indexed === BATCH) continue;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}
