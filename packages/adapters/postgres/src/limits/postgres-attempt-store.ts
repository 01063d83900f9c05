import { type AttemptLimit, AttemptStore } from '@openclaw/core';
// Not the index: that loads the limiters of a dozen other databases.
import RateLimiterPostgres from 'rate-limiter-flexible/lib/RateLimiterPostgres.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import type { Database, Statement } from '../database.js';

/** Counts by rate-limiter-flexible, with the table that our migration makes for it. */
export class PostgresAttemptStore extends AttemptStore {
  private limiter: { of: AttemptLimit; counts: RateLimiterPostgres } | undefined;

  constructor(private readonly database: Database) {
    super();
  }

  async count(address: string, limit: AttemptLimit): Promise<number> {
    try {
      await this.counting(limit).consume(address);
      return 0;
    } catch (refused) {
      // The library rejects with what is no error where the limit is passed.
      if (refused instanceof RateLimiterRes) return Math.max(refused.msBeforeNext, 1);
      throw refused;
    }
  }

  private counting(limit: AttemptLimit): RateLimiterPostgres {
    const { maxAttempts, windowMs, lockoutMs } = limit;
    const of = this.limiter?.of;
    if (this.limiter && of?.maxAttempts === maxAttempts && of.windowMs === windowMs && of.lockoutMs === lockoutMs) {
      return this.limiter.counts;
    }
    const { database } = this;
    const counts = new RateLimiterPostgres({
      storeClient: {
        query: async ({ values, ...statement }: Statement & { values: unknown[] }) => ({
          rows: await database.query(statement, values),
        }),
      },
      storeType: 'client',
      tableName: 'failed_attempts',
      tableCreated: true,
      // Swept by the replicas' housekeeping, which ends with the gateway.
      clearExpiredByTimeout: false,
      keyPrefix: 'address',
      points: maxAttempts,
      duration: windowMs / 1_000,
      blockDuration: lockoutMs / 1_000,
    });
    this.limiter = { of: { maxAttempts, windowMs, lockoutMs }, counts };
    return counts;
  }
}
