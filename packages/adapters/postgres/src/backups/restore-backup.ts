import type { ClientBase } from 'pg';
import { PgBoss } from 'pg-boss';
import { LOCK_KEY } from '../migrations/migration-lock.js';
import { DEAD_AFTER_SECONDS } from '../turns/replica.js';
import { applyMigrations, knownMigrations } from './apply-migrations.js';
import { BackupProblem } from './backup-problem.js';
import { appliedMigrations, sequencesOf, tablesOf } from './catalogue.js';
import type { CheckedBackup } from './check-backup.js';
import { loadTables, makeJobTables, takeOverJobs } from './load-tables.js';
import { keyOf } from './manifest.js';
import { renumberEvents } from './renumber-events.js';
import { dataIn, dropSchema } from './replaced-schema.js';
import { withSession } from './session.js';
import { withPartsSetAside } from './set-aside.js';

export interface RestoreOptions {
  path: string;
  /** Of the file at `path`: see `checkBackup`. */
  checked: CheckedBackup;
  /** Replaces what is in the database. */
  force: boolean;
  /** Told before anything is replaced: how many rows of which tables. */
  replacing?: (rows: Record<string, number>) => void;
  /** Rows loaded so far. */
  progress?: (rows: number) => void;
  signal?: AbortSignal;
}

export interface RestoredBackup {
  /** Rows that were there before, by table. */
  replaced: Record<string, number>;
  /** Migrations that the backup did not have yet. */
  migrated: string[];
  /** Tables in the backup that are not the gateway's. */
  leftOut: string[];
}

/**
 * Puts a backup in the place of whatever the gateway had in the database, in one transaction: all of it, or nothing has changed. The schema is made
 * as it was when the backup was, filled, and brought up to date. Throws {@link BackupProblem} with what is in the way.
 */
export async function restoreBackup(url: string, options: RestoreOptions): Promise<RestoredBackup> {
  const { manifest } = options.checked;
  const unknown = unknownTo(knownMigrations(), manifest.migrations);
  if (unknown.length > 0)
    throw new BackupProblem(
      `This backup is of gateway ${manifest.gateway}, which is newer than this one (it has ${unknown.join(', ')}). Restore it with that gateway or a newer one.`,
    );
  return withSession(url, options.signal, async (client) => {
    await takeLock(client);
    const applied = await appliedMigrations(client);
    if (applied) await checkTarget(client, applied);
    else
      await checkStrange(
        client,
        manifest.tables.filter(({ group }) => group === 'gateway').map(({ name }) => name),
      );
    const replaced = applied ? await dataIn(client) : {};
    if (Object.keys(replaced).length > 0) {
      if (!options.force)
        throw new BackupProblem(
          `There is data in the database already (${inWords(replaced)}). Restoring replaces all of it: make a backup of it first, then restore with --force.`,
        );
      options.replacing?.(replaced);
    }
    await installJobs(client);
    await client.query('begin');
    const done = await replace(client, applied, options);
    options.signal?.throwIfAborted();
    await client.query('commit');
    for (const { name } of await tablesOf(client)) await client.query(`analyze ${client.escapeIdentifier(name)}`);
    return { replaced, ...done };
  });
}

async function replace(
  client: ClientBase,
  applied: string[] | undefined,
  { path, checked, progress, signal }: RestoreOptions,
): Promise<Omit<RestoredBackup, 'replaced'>> {
  const { manifest } = checked;
  // Index builds, above all those of the memory.
  await client.query("set local maintenance_work_mem = '128MB'");
  if (applied) await dropSchema(client, applied);
  const strange = await tableNames(client);
  const strangeSequences = (await sequencesOf(client)).map(({ name }) => name);
  await applyMigrations(client, (name) => manifest.migrations.includes(name));
  const own = unknownTo(strange, await tableNames(client));
  const inBackup = manifest.tables.filter(({ group }) => group === 'gateway').map(({ name }) => name);
  const missing = unknownTo(inBackup, own);
  if (missing.length > 0)
    throw new BackupProblem(`The backup lacks the tables ${missing.join(', ')}. Use another one.`);
  const foreign = unknownTo(own, inBackup);
  const wanted = new Set(
    manifest.tables.map(keyOf).filter((key) => !foreign.some((name) => key === keyOf({ group: 'gateway', name }))),
  );
  await makeJobTables(client, checked);
  await withPartsSetAside(client, own, async () => {
    // Of the rows that migrations write themselves, such as a cursor, the backup has its own.
    for (const name of own) await client.query(`delete from ${client.escapeIdentifier(name)}`);
    await loadTables(client, path, checked, { wanted, progress, signal });
    await renumberEvents(client);
    // Whoever ran on that database does not run on this one.
    if (own.includes('replicas')) await client.query('delete from replicas');
  });
  for (const { name, last, called } of manifest.sequences.filter((one) => !strangeSequences.includes(one.name)))
    await client.query('select setval(to_regclass($1), $2, $3)', [client.escapeIdentifier(name), last, called]);
  await takeOverJobs(client, checked);
  const migrated = await applyMigrations(client, (name) => !manifest.migrations.includes(name));
  return { migrated, leftOut: foreign };
}

/** Gateways migrate under this lock when they start: one that does now waits until all is done. Given back with the connection. */
async function takeLock(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [LOCK_KEY]);
  if (!rows[0]?.got)
    throw new BackupProblem(
      'A gateway is starting on this database, or another restore is at work. Stop it, then try again.',
    );
}

async function checkTarget(client: ClientBase, applied: string[]): Promise<void> {
  const unknown = unknownTo(knownMigrations(), applied);
  if (unknown.length > 0)
    throw new BackupProblem(
      `The database belongs to a newer gateway than this one (it has ${unknown.join(', ')}). Restore with that gateway, or into another database.`,
    );
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from replicas where heartbeat_at > now() - make_interval(secs => $1)',
    [DEAD_AFTER_SECONDS],
  );
  const running = rows[0]?.n ?? 0;
  if (running > 0)
    throw new BackupProblem(
      `${running === 1 ? 'A gateway runs' : `${running} gateways run`} on this database. Stop every one first; one that was killed is forgotten after ${DEAD_AFTER_SECONDS} seconds.`,
    );
}

/** Without our migrations, what bears our tables' names is another program's. */
async function checkStrange(client: ClientBase, names: string[]): Promise<void> {
  const present = (await tableNames(client)).filter((name) => names.includes(name));
  if (present.length > 0)
    throw new BackupProblem(
      `The database holds tables of another program under names that the gateway needs: ${present.join(', ')}. Give the gateway a database of its own.`,
    );
}

/** The job queue's own schema, as its library makes it when a gateway starts; it does so in transactions of its own. */
async function installJobs(client: ClientBase): Promise<void> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => client.query(text, values) },
    schedule: false,
    supervise: false,
  });
  const failures: unknown[] = [];
  boss.on('error', (error) => failures.push(error));
  await boss.start();
  await boss.stop({ graceful: false, close: false });
  if (failures.length > 0) throw failures[0];
}

async function tableNames(client: ClientBase): Promise<string[]> {
  return (await tablesOf(client)).map(({ name }) => name);
}

function unknownTo(known: string[], names: string[]): string[] {
  return names.filter((name) => !known.includes(name));
}

function inWords(rows: Record<string, number>): string {
  return Object.entries(rows)
    .map(([table, count]) => `${table}: ${count}`)
    .join(', ');
}
