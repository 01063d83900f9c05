import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

/** Any number that nothing else in the database uses. */
export const LOCK_KEY = 8_112_789_110;

/**
 * Runs `work` while no other replica migrates. Polled rather than waited for inside the server: a session that blocks on a lock
 * holds a snapshot, on which another's CREATE INDEX CONCURRENTLY would wait for ever.
 */
export async function withMigrationLock(source: DataSource, work: () => Promise<void>): Promise<void> {
  const runner = source.createQueryRunner();
  await runner.connect();
  try {
    for (;;) {
      const [row] = (await runner.query('select pg_try_advisory_lock($1) as got', [LOCK_KEY])) as { got: boolean }[];
      if (row?.got) break;
      await sleep(100);
    }
    try {
      await work();
    } finally {
      await runner.query('select pg_advisory_unlock($1)', [LOCK_KEY]);
    }
  } finally {
    await runner.release();
  }
}
