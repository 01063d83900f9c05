import { BackupProblem, NO_BACKUP } from './backup-problem.js';

export const FORMAT = 'openclaw-backup';
/** Of the file. A higher one is another form, which this gateway cannot read. */
export const FORMAT_VERSION = 1;

/** `gateway`: a table of the gateway's own schema. `jobs`: one of the job queue, loaded column by column, since that library keeps its schema itself. */
export type TableGroup = 'gateway' | 'jobs';

export interface BackupTable {
  group: TableGroup;
  name: string;
  columns: string[];
}

export interface BackupSequence {
  name: string;
  /** A bigint in decimal. */
  last: string;
  called: boolean;
}

/** What the backup is of; the first entry of the file. */
export interface Manifest {
  format: typeof FORMAT;
  version: number;
  /** Version of the gateway that made it. */
  gateway: string;
  /** Version of the database server that it is from. */
  postgres: string;
  created_at: string;
  /** Of the schema, in order. */
  migrations: string[];
  tables: BackupTable[];
  sequences: BackupSequence[];
  secrets: {
    /** Names of files of the data folder that are in the backup. */
    files: string[];
    /** Tells keys apart: the one that the stored secrets were sealed with; null where none had been made. */
    key: string | null;
  };
}

export interface TableSum {
  group: TableGroup;
  name: string;
  rows: number;
  /** Before compression. */
  bytes: number;
  sha256: string;
}

/** What the file must have held up to here; its last entry. A file without it was cut off. */
export interface Ending {
  /** SHA-256 of the first entry. */
  manifest: string;
  tables: TableSum[];
  /** SHA-256 of each file of the data folder. */
  files: Record<string, string>;
}

export const MANIFEST_ENTRY = 'manifest.json';
export const ENDING_ENTRY = 'end.json';
const DATA_ENTRY = /^tables\/(gateway|jobs)\/([^/]+)\/\d+\.copy$/;
const FILE_ENTRY = /^home\/([^/]+)$/;

/** A table's text lies in as many entries as it takes, to be put one behind the other. */
export function dataEntry({ group, name }: BackupTable, number: number): string {
  return `tables/${group}/${name}/${String(number).padStart(6, '0')}.copy`;
}

export function fileEntry(name: string): string {
  return `home/${name}`;
}

type EntryKind = { table: string } | { file: string } | undefined;

/** What an entry between the first and the last belongs to. */
export function kindOf(entry: string): EntryKind {
  const [, group, name] = DATA_ENTRY.exec(entry) ?? [];
  if (group !== undefined) return { table: `${group}/${name}` };
  const [, file] = FILE_ENTRY.exec(entry) ?? [];
  return file === undefined ? undefined : { file };
}

export function keyOf({ group, name }: Pick<BackupTable, 'group' | 'name'>): string {
  return `${group}/${name}`;
}

/** Throws {@link BackupProblem} for what is no manifest, or one of a form that is not known here. */
export function readManifest(data: Buffer): Manifest {
  const value = parse(data) as Partial<Manifest> | undefined;
  if (value?.format !== FORMAT) throw new BackupProblem(NO_BACKUP);
  if (value.version !== FORMAT_VERSION)
    throw new BackupProblem(
      `This backup has form ${value.version}, made by gateway ${value.gateway}; this gateway reads form ${FORMAT_VERSION}. Restore it with that gateway or a newer one.`,
    );
  const lists = [value.migrations, value.tables, value.sequences, value.secrets?.files];
  if (!lists.every(Array.isArray)) throw new BackupProblem('The backup is damaged: its description is not whole.');
  return value as Manifest;
}

export function readEnding(data: Buffer): Ending {
  const value = parse(data) as Partial<Ending> | undefined;
  if (typeof value?.manifest !== 'string' || !Array.isArray(value.tables) || typeof value.files !== 'object')
    throw new BackupProblem('The backup is damaged: its end cannot be read.');
  return value as Ending;
}

function parse(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
}
