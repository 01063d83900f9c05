import type { ClientBase } from 'pg';
import type { BackupTable } from './manifest.js';

/** What makes a queue what it is; the rest of its row is statistics. */
const QUEUE = [
  ...['name', 'policy', 'retry_limit', 'retry_delay', 'retry_backoff', 'retry_delay_max', 'expire_seconds'],
  ...['retention_seconds', 'deletion_seconds', 'dead_letter', 'partition', 'table_name', 'heartbeat_seconds', 'notify'],
];

const COLUMNS = `select a.attname::text as name from pg_attribute a
  where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum`;

/** What of the job queue is in a backup: the queues, and the jobs that have not ended. Empty where there is none. */
export async function jobTables(client: ClientBase): Promise<BackupTable[]> {
  const [queue, job] = [await columnsOf(client, 'pgboss.queue'), await columnsOf(client, 'pgboss.job')];
  if (queue.length === 0 || job.length === 0) return [];
  return [
    { group: 'jobs', name: 'queue', columns: queue.filter((column) => QUEUE.includes(column)) },
    { group: 'jobs', name: 'job', columns: job },
  ];
}

/** Which of a table's rows; all when undefined. */
export function jobFilter(name: string): string {
  return name === 'job' ? " where state < 'completed'" : '';
}

export async function columnsOf(client: ClientBase, table: string): Promise<string[]> {
  return (await client.query<{ name: string }>(COLUMNS, [table])).rows.map(({ name }) => name);
}
