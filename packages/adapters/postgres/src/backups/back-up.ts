import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { BackupProblem } from './backup-problem.js';
import { appliedMigrations, type CatalogueTable, sequencesOf, tablesOf } from './catalogue.js';
import { sha256, Sum } from './check-backup.js';
import { jobFilter, jobTables } from './job-tables.js';
import {
  type BackupTable,
  dataEntry,
  type Ending,
  ENDING_ENTRY,
  fileEntry,
  FORMAT,
  FORMAT_VERSION,
  type Manifest,
  MANIFEST_ENTRY,
  type TableSum,
} from './manifest.js';
import { withSession } from './session.js';
import { type ArchiveEntry, writeArchive } from './write-archive.js';

export interface BackUpOptions {
  /** Where the file goes; what is there already is replaced. */
  path: string;
  /** Version of this gateway. */
  gateway: string;
  /** Files of the data folder to put in, by name, and what tells their key from others. */
  secrets: { files: Map<string, string>; key: string | null };
  /** Rows written so far, and about how many there are. */
  progress?: (rows: number, of: number) => void;
  signal?: AbortSignal;
}

export interface MadeBackup {
  manifest: Manifest;
  tables: TableSum[];
  /** Of the file, in bytes. */
  size: number;
}

/** Of a table's text; so much of it is in memory. */
const ENTRY_BYTES = 1024 * 1024;

/**
 * Writes everything that the gateway keeps in the database into one file, as it is at one moment, while gateways go on using it: a
 * transaction that only reads, and waits for nobody. Throws {@link BackupProblem} where no gateway has used the database.
 */
export async function backUp(url: string, options: BackUpOptions): Promise<MadeBackup> {
  return withSession(url, options.signal, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const migrations = await appliedMigrations(client);
    if (!migrations) throw new BackupProblem('There is nothing to back up: no gateway has used this database yet.');
    const tables = await tablesOf(client);
    const jobs = await jobTables(client);
    const inBackup: BackupTable[] = [
      ...tables.map(({ name, columns }) => ({ group: 'gateway' as const, name, columns })),
      ...jobs,
    ];
    // Who changes a table's form waits until the backup is done: rows that are written anew would be seen by no older snapshot.
    await client.query(`lock table ${inBackup.map((table) => nameOf(client, table)).join(', ')} in access share mode`);
    const manifest: Manifest = {
      format: FORMAT,
      version: FORMAT_VERSION,
      gateway: options.gateway,
      postgres: await serverVersion(client),
      created_at: new Date().toISOString(),
      migrations,
      tables: inBackup,
      sequences: await sequencesOf(client),
      secrets: { files: [...options.secrets.files.keys()], key: options.secrets.key },
    };
    const sums: TableSum[] = [];
    const size = await writeArchive(options.path, entries(client, manifest, tables, sums, options), options.signal);
    return { manifest, tables: sums, size };
  });
}

async function* entries(
  client: ClientBase,
  manifest: Manifest,
  tables: CatalogueTable[],
  sums: TableSum[],
  { secrets, progress }: BackUpOptions,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const expected = tables.reduce((sum, { rows }) => sum + rows, 0);
  let rows = 0;
  const description = json(manifest);
  yield { name: MANIFEST_ENTRY, data: description };
  const files: Record<string, string> = {};
  for (const [name, content] of secrets.files) {
    files[name] = sha256(content);
    yield { name: fileEntry(name), data: Buffer.from(content) };
  }
  for (const table of manifest.tables) {
    const sum = new Sum(table);
    let number = 0;
    for await (const data of textOf(client, table)) {
      rows += sum.add(data);
      progress?.(rows, expected);
      yield { name: dataEntry(table, ++number), data };
    }
    sums.push(sum.total());
  }
  yield { name: ENDING_ENTRY, data: json({ manifest: sha256(description), tables: sums, files } satisfies Ending) };
}

/** A table in COPY's text form, which every version of PostgreSQL reads, in pieces of about a megabyte. */
async function* textOf(
  client: ClientBase,
  { group, name, columns }: BackupTable,
): AsyncGenerator<Buffer, void, undefined> {
  const from = nameOf(client, { group, name });
  const filter = group === 'jobs' ? jobFilter(name) : '';
  const list = columns.map((column) => client.escapeIdentifier(column)).join(', ');
  const text = client.query(copyTo(`copy (select ${list} from ${from}${filter}) to stdout`));
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of text as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length < ENTRY_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

function nameOf(client: ClientBase, { group, name }: Pick<BackupTable, 'group' | 'name'>): string {
  return group === 'jobs' ? `pgboss.${name}` : client.escapeIdentifier(name);
}

async function serverVersion(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
  return rows[0]?.version ?? '';
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`);
}
