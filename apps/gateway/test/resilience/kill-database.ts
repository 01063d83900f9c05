import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from '@openclaw/adapter-embedded-postgres/testing';
import pg from 'pg';

/** The server is killed as a power cut would; its supervisor starts it again. */
export async function killDatabase({ url }: Pick<TestCluster, 'url'>): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ setting: string }>(
    `select setting from pg_settings where name = 'data_directory'`,
  );
  const [pid] = readFileSync(join(rows[0]?.setting ?? '', 'postmaster.pid'), 'utf8').split('\n');
  process.kill(Number(pid), 'SIGKILL');
  await client.end().catch(() => undefined);
}
