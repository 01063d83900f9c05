import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Compacted, MemoryIndex } from './memory-index.js';

const DAY_MS = 86_400_000;

/** Puts what is old enough into segments, and sees to the counters. */
export class CompactMemory {
  /** `settings`: how old entries have to be, in days; and whether their segments are to be summed up. */
  constructor(
    private readonly index: MemoryIndex,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly settings: () => { afterDays: number; summaries: boolean },
  ) {}

  /** Of one tenant, or of all. Stops between two segments when `signal` is aborted. */
  async execute(tenant: string | undefined, signal: AbortSignal): Promise<Compacted> {
    const { afterDays, summaries } = this.settings();
    const before = new Date(this.clock.now().getTime() - afterDays * DAY_MS);
    const compacted = await this.index.compact({ before, summaries, ...(tenant !== undefined && { tenant }) }, signal);
    if (compacted.segments > 0) this.logger.info('memory compacted', { ...compacted });
    const { mended } = await this.index.reconcile(tenant === undefined ? {} : { tenant }, signal);
    if (mended > 0) this.logger.warn('counters of the memory were wrong and have been mended', { counters: mended });
    return compacted;
  }
}
