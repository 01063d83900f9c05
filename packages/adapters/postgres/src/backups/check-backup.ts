import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { BackupProblem, CUT_OFF, DAMAGED, NO_BACKUP } from './backup-problem.js';
import {
  type BackupTable,
  type Ending,
  ENDING_ENTRY,
  keyOf,
  kindOf,
  type Manifest,
  MANIFEST_ENTRY,
  readEnding,
  readManifest,
  type TableSum,
} from './manifest.js';
import { readArchive } from './read-archive.js';

export interface CheckedBackup {
  manifest: Manifest;
  tables: TableSum[];
  /** The files of the data folder that are in it, by name. */
  files: Map<string, string>;
  /** Of the file, in bytes. */
  size: number;
}

/** Reads all of a backup and compares it with what it says of itself. Throws {@link BackupProblem} unless everything is there and as written. */
export async function checkBackup(
  path: string,
  progress: (read: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<CheckedBackup> {
  const files = new Map<string, string>();
  const sums = new Map<string, Sum>();
  let manifest: { value: Manifest; sha256: string } | undefined;
  let ending: Ending | undefined;
  for await (const { name, data, read } of readArchive(path, signal)) {
    progress(read);
    if (ending) throw new BackupProblem(DAMAGED);
    if (!manifest) {
      if (name !== MANIFEST_ENTRY) throw new BackupProblem(NO_BACKUP);
      manifest = { value: readManifest(data), sha256: sha256(data) };
      for (const table of manifest.value.tables) sums.set(keyOf(table), new Sum(table));
      continue;
    }
    if (name === ENDING_ENTRY) {
      ending = readEnding(data);
      continue;
    }
    const kind = kindOf(name);
    if (kind && 'file' in kind) files.set(kind.file, data.toString('utf8'));
    const sum = kind && 'table' in kind ? sums.get(kind.table) : undefined;
    if (!kind || ('table' in kind && !sum)) throw new BackupProblem(DAMAGED);
    sum?.add(data);
  }
  if (!manifest || !ending) throw new BackupProblem(CUT_OFF);
  const tables = [...sums.values()].map((sum) => sum.total());
  if (ending.manifest !== manifest.sha256 || !same(tables, ending.tables) || !sameFiles(files, manifest.value, ending))
    throw new BackupProblem(DAMAGED);
  return { manifest: manifest.value, tables, files, size: (await stat(path)).size };
}

/** What a table comes to, as its text passes by. */
export class Sum {
  private readonly hash: Hash = createHash('sha256');
  private rows = 0;
  private bytes = 0;

  constructor(private readonly table: Pick<BackupTable, 'group' | 'name'>) {}

  /** Gives how many rows end in it: within a row COPY writes a line feed as `\n`. */
  add(data: Buffer): number {
    let rows = 0;
    for (let at = data.indexOf(10); at !== -1; at = data.indexOf(10, at + 1)) rows++;
    this.hash.update(data);
    this.rows += rows;
    this.bytes += data.length;
    return rows;
  }

  total(): TableSum {
    const { group, name } = this.table;
    return { group, name, rows: this.rows, bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}

export function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function same(found: TableSum[], said: TableSum[]): boolean {
  const text = (table: TableSum) => [table.group, table.name, table.rows, table.bytes, table.sha256].join(' ');
  return found.length === said.length && found.every((table, at) => text(table) === text(said[at] as TableSum));
}

function sameFiles(found: Map<string, string>, { secrets }: Manifest, { files }: Ending): boolean {
  return (
    secrets.files.length === found.size &&
    secrets.files.every((name) => files[name] === sha256(found.get(name) ?? 'missing'))
  );
}
