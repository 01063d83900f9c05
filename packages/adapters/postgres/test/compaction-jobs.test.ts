import { expect, it } from '@jest/globals';
import { PgBoss } from 'pg-boss';
import { openDatabase } from './open-database.js';

const QUEUE = 'memory-compaction';

it('compacts by the clock, on one replica at a time', async () => {
  const { url, postgres, client, close } = await openDatabase(3);
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  await boss.start();
  try {
    await postgres.compactionJobs.start('17 3 * * *', async () => undefined);
    await postgres.compactionJobs.stop();
    const { rows } = await client.query('select cron, timezone from pgboss.schedule where name = $1', [QUEUE]);
    expect(rows).toEqual([{ cron: '17 3 * * *', timezone: 'UTC' }]);

    // What the clock sends, when its time has come.
    expect(await boss.send(QUEUE)).not.toBeNull();
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let runs = 0;
    await new Promise<void>((started, failed) => {
      const run = async () => {
        runs++;
        started();
        await gate;
      };
      postgres.compactionJobs.start('17 3 * * *', run).catch(failed);
    });
    // While it runs there is no other one, for whichever replica to take.
    expect(await boss.send(QUEUE)).toBeNull();
    go();
    await postgres.compactionJobs.stop();
    expect(runs).toBe(1);
  } finally {
    await boss.stop({ graceful: false });
    await close();
  }
});
