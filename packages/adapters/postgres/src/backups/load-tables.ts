import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { BackupProblem } from './backup-problem.js';
import type { CheckedBackup } from './check-backup.js';
import { columnsOf } from './job-tables.js';
import { type BackupTable, keyOf, kindOf } from './manifest.js';
import { readArchive } from './read-archive.js';

export interface LoadOptions {
  /** Which tables are loaded, by {@link keyOf}. */
  wanted: ReadonlySet<string>;
  progress?: ((rows: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Fills the tables from a backup that was checked; those of the job queue are left in temporary ones, see {@link takeOverJobs}. */
export async function loadTables(
  client: ClientBase,
  path: string,
  { manifest, tables: sums }: CheckedBackup,
  { wanted, progress, signal }: LoadOptions,
): Promise<void> {
  const tables = new Map(manifest.tables.map((table) => [keyOf(table), table]));
  let current: { key: string; copy: Copy } | undefined;
  let rows = 0;
  const finish = async () => {
    if (!current) return;
    const { key, copy } = current;
    current = undefined;
    const loaded = await copy.end();
    const said = sums.find((sum) => keyOf(sum) === key)?.rows;
    if (loaded !== said)
      throw new BackupProblem(`The backup changed while it was read: ${key} has ${loaded} rows, not ${said}.`);
    rows += loaded;
    progress?.(rows);
  };
  for await (const { name, data } of readArchive(path, signal)) {
    const kind = kindOf(name);
    if (!kind || !('table' in kind) || !wanted.has(kind.table)) continue;
    if (current?.key !== kind.table) {
      await finish();
      const table = tables.get(kind.table);
      if (!table) throw new BackupProblem('The backup changed while it was read.');
      current = { key: kind.table, copy: new Copy(client, table) };
    }
    await current?.copy.write(data);
  }
  await finish();
}

/** Makes room for what is loaded of the job queue: its columns as text, whichever version of the queue wrote them. */
export async function makeJobTables(client: ClientBase, { manifest }: CheckedBackup): Promise<void> {
  for (const table of manifest.tables.filter(({ group }) => group === 'jobs')) {
    const columns = table.columns.map((column) => `${client.escapeIdentifier(column)} text`);
    await client.query(
      `create temporary table ${client.escapeIdentifier(temporary(table))} (${columns.join(', ')}) on commit drop`,
    );
  }
}

/** The queue's jobs and none else, as far as this version of the queue has their columns. What was being done is to be done again. */
export async function takeOverJobs(client: ClientBase, { manifest }: CheckedBackup): Promise<void> {
  await client.query('delete from pgboss.job');
  for (const table of manifest.tables.filter(({ group }) => group === 'jobs')) {
    const present = await columnsOf(client, `pgboss.${table.name}`);
    const columns = table.columns.filter((column) => present.includes(column));
    const typed = await client.query<{ column: string; type: string }>(
      `select a.attname::text as column, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a
       where a.attrelid = $1::regclass and a.attname = any($2::text[]) and not a.attisdropped`,
      [`pgboss.${table.name}`, columns],
    );
    const names = typed.rows.map(({ column }) => client.escapeIdentifier(column));
    const values = typed.rows.map(({ column, type }) => `${client.escapeIdentifier(column)}::${type}`);
    await client.query(
      `insert into pgboss.${table.name} (${names.join(', ')}) select ${values.join(', ')} from ${client.escapeIdentifier(temporary(table))}
       on conflict do nothing`,
    );
  }
  await client.query(
    "update pgboss.job set state = 'retry', started_on = null, heartbeat_on = null where state = 'active'",
  );
}

function temporary({ name }: Pick<BackupTable, 'name'>): string {
  return `openclaw_restored_${name}`;
}

/** One table's text on its way into the database. */
class Copy {
  private readonly stream: ReturnType<typeof copyFrom>;
  private readonly done: Promise<void>;

  constructor(client: ClientBase, table: BackupTable) {
    const into = client.escapeIdentifier(table.group === 'jobs' ? temporary(table) : table.name);
    const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(', ');
    this.stream = client.query(copyFrom(`copy ${into} (${columns}) from stdin`));
    this.done = finished(this.stream);
    // Heard by whoever writes or ends.
    this.done.catch(() => undefined);
  }

  async write(data: Buffer): Promise<void> {
    if (!this.stream.write(data)) await Promise.race([once(this.stream, 'drain'), this.done]);
  }

  async end(): Promise<number> {
    this.stream.end();
    await this.done;
    return this.stream.rowCount;
  }
}
