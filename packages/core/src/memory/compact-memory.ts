import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Compacted, MemoryIndex } from './memory-index.js';

const DAY_MS = 86_400_000;

/** Puts what is old enough into segments. */
export class CompactMemory {
  /** `afterDays` gives the age, in days. */
  constructor(
    private readonly index: MemoryIndex,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly afterDays: () => number,
  ) {}

  /** Of one tenant, or of all. Stops between two segments when `signal` is aborted. */
  async execute(tenant: string | undefined, signal: AbortSignal): Promise<Compacted> {
    const before = new Date(this.clock.now().getTime() - this.afterDays() * DAY_MS);
    const compacted = await this.index.compact({ before, ...(tenant !== undefined && { tenant }) }, signal);
    if (compacted.segments > 0) this.logger.info('memory compacted', { ...compacted });
    return compacted;
  }
}
