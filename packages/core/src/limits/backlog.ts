import { Unavailable } from '../shared/errors.js';

/** How long a count is good for. */
const GOOD_FOR_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;

interface Known {
  /** Accepted turns that waited when they were counted. */
  waiting: number;
  countedAt: number;
  /** Being stored here. */
  pending: number;
  /** Stored here since. */
  added: number;
  counting: Promise<void> | undefined;
}

/**
 * How many accepted turns of a tenant may wait to be run. They are counted in the store, over all replicas, at most once a second for each
 * tenant; in between each replica adds what it accepts itself. So the bound may be passed by what the other replicas accept within a second.
 */
export class Backlog {
  private readonly tenants = new Map<string, Known>();

  /**
   * @param limit asked for each time, so that it can be changed
   * @param count the tenant's waiting turns, or `most` if there are more
   */
  constructor(
    private readonly limit: () => number,
    private readonly count: (tenant: string, most: number) => Promise<number>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  static unlimited(): Backlog {
    return new Backlog(
      () => Number.POSITIVE_INFINITY,
      () => Promise.resolve(0),
    );
  }

  /** Lets one more turn in; to be called back with whether it was stored. Throws `Unavailable` when too many wait. */
  async admit(tenant: string): Promise<(stored: boolean) => void> {
    const limit = this.limit();
    if (limit === Number.POSITIVE_INFINITY) return () => undefined;
    const known = this.known(tenant);
    if (this.now() - known.countedAt > GOOD_FOR_MS) await this.recount(tenant, known, limit);
    const waiting = known.waiting + known.added + known.pending;
    if (waiting >= limit) {
      throw new Unavailable('Too many accepted messages are waiting to be answered; try again in a moment', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        details: { waiting, limit },
      });
    }
    known.pending++;
    return (stored) => {
      known.pending--;
      if (stored) known.added++;
    };
  }

  private known(tenant: string): Known {
    let known = this.tenants.get(tenant);
    if (!known) {
      known = { waiting: 0, countedAt: Number.NEGATIVE_INFINITY, pending: 0, added: 0, counting: undefined };
      this.tenants.set(tenant, known);
    }
    return known;
  }

  /** Whoever comes while it is being counted waits for the same count. */
  private recount(tenant: string, known: Known, limit: number): Promise<void> {
    const count = async () => {
      // What is stored while it is counted may be in the count or not: it is counted twice rather than not at all.
      const before = known.added;
      known.waiting = await this.count(tenant, limit);
      known.added -= before;
      known.countedAt = this.now();
    };
    known.counting ??= count().finally(() => {
      known.counting = undefined;
    });
    return known.counting;
  }
}
