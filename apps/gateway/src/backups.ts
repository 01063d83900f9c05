import { DataFolderLock } from '@openclaw/adapter-embedded-postgres';
import {
  backUp,
  BackupProblem,
  checkBackup,
  type CheckedBackup,
  type MadeBackup,
  type RestoredBackup,
  restoreBackup,
} from '@openclaw/adapter-postgres';
import { placeSecrets, readSecretFiles } from './backup-secrets.js';
import { type ConfigOptions, LiveConfig } from './config/index.js';
import { borrowDatabasePlace, databaseExists } from './storage.js';
import { VERSION } from './version.js';

export interface MakeBackup {
  /** Where the file goes; absolute. */
  path: string;
  /** The key of the stored secrets and the operator's generated token go along. */
  withSecrets: boolean;
  /** Rows written, and about how many there are. */
  progress?: (rows: number, of: number) => void;
  signal?: AbortSignal;
}

export interface RestoreFrom {
  /** Absolute. */
  path: string;
  /** Replaces what is there. */
  force: boolean;
  replacing?: (rows: Record<string, number>) => void;
  /** Rows loaded, and how many there are. */
  progress?: (rows: number, of: number) => void;
  signal?: AbortSignal;
}

export interface Restored extends RestoredBackup {
  checked: CheckedBackup;
  /** Files of the data folder that were written. */
  files: string[];
  /** Whether the secrets that are stored in the database can be read here. */
  readable: boolean;
}

/** Everything in the gateway's database as it is at one moment, whether or not a gateway runs. */
export async function makeBackup(options: ConfigOptions, backup: MakeBackup): Promise<MadeBackup> {
  const { current } = await LiveConfig.load(options);
  if (!databaseExists(current))
    throw new BackupProblem('There is nothing to back up: no gateway has been started on this data folder yet.');
  const secrets = await readSecretFiles(current.home, options.environment, backup.withSecrets);
  const place = await borrowDatabasePlace(current);
  try {
    return await backUp(place.url, {
      path: backup.path,
      gateway: VERSION,
      secrets,
      ...(backup.progress && { progress: backup.progress }),
      ...(backup.signal && { signal: backup.signal }),
    });
  } finally {
    await place.release();
  }
}

/** See `checkBackup` of the adapter: reads all of the file and changes nothing. */
export function verifyBackup(path: string, signal?: AbortSignal): Promise<CheckedBackup> {
  return checkBackup(path, undefined, signal);
}

/**
 * Checks a backup and puts it in the place of what this gateway has. The database first, the files after it: where that fails, the data folder is as it
 * was. Throws `BackupProblem` with what is in the way.
 */
export async function restoreFrom(options: ConfigOptions, { path, force, ...work }: RestoreFrom): Promise<Restored> {
  const { current } = await LiveConfig.load(options);
  const checked = await checkBackup(path, undefined, work.signal);
  if (current.database.url === undefined) checkFolder(current.home);
  const { files, manifest } = checked;
  const secrets = { files, key: manifest.secrets.key };
  const putSecrets = await placeSecrets(current.home, options.environment, secrets, force);
  const rows = checked.tables.reduce((sum, table) => sum + table.rows, 0);
  const place = await borrowDatabasePlace(current);
  let restored: RestoredBackup;
  try {
    restored = await restoreBackup(place.url, {
      ...{ path, checked, force },
      ...(work.replacing && { replacing: work.replacing }),
      progress: (loaded) => work.progress?.(loaded, rows),
      ...(work.signal && { signal: work.signal }),
    });
  } finally {
    await place.release();
  }
  const { written, readable } = await putSecrets();
  return { ...restored, checked, files: written, readable };
}

function checkFolder(home: string): void {
  const holder = DataFolderLock.holder(home);
  if (!holder) return;
  const process = holder.pid === undefined ? '' : ` (process ${holder.pid})`;
  throw new BackupProblem(`A gateway runs on the data folder ${home}${process}. Stop it first, then restore.`);
}
