import { readFile, rename } from 'node:fs/promises';
import { BackupProblem } from '@openclaw/adapter-postgres';
import {
  type ConfigOptions,
  ensurePrivateFile,
  operatorTokenFile,
  readSecretKey,
  secretKeyFile,
} from './config/index.js';

type Environment = ConfigOptions['environment'];

/** What of the data folder's secrets is in a backup. */
export interface SecretFiles {
  /** Contents by name. */
  files: Map<string, string>;
  /** The mark of the key that stored secrets are sealed with; null where there is none yet. */
  key: string | null;
}

export interface PutSecrets {
  /** Names of the files that were written. */
  written: string[];
  /** Whether what is stored can be opened with the key that is here now. */
  readable: boolean;
}

const KEY = 'secret.key';
const TOKEN = 'operator-token';

/** The files themselves only if they are `wanted`. */
export async function readSecretFiles(home: string, environment: Environment, wanted: boolean): Promise<SecretFiles> {
  const key = await readSecretKey(home, environment);
  const token = await readIfThere(operatorTokenFile(home));
  const files = new Map<string, string>();
  if (wanted && key?.content !== undefined) files.set(KEY, key.content);
  if (wanted && token !== undefined) files.set(TOKEN, token);
  return { files, key: key?.mark ?? null };
}

/**
 * Looks whether the secrets of a backup can go into the data folder, and gives the function that puts them there. A key that is there and another
 * one is kept under another name, by `force` only; an operator's token that is there stays. Throws {@link BackupProblem}.
 */
export async function placeSecrets(
  home: string,
  environment: Environment,
  { files, key }: SecretFiles,
  force: boolean,
): Promise<() => Promise<PutSecrets>> {
  const file = secretKeyFile(home);
  const present = await readSecretKey(home, environment);
  const content = files.get(KEY);
  const fromEnvironment = present !== undefined && present.content === undefined;
  const other = present !== undefined && present.mark !== key;
  const wanted = content !== undefined && !fromEnvironment && (present === undefined || other);
  if (wanted && other && !force)
    throw new BackupProblem(
      `The backup brings its secret key, and ${file} is another one. With --force that file is kept under another name, and the backup's takes its place.`,
    );
  return async () => {
    const written: string[] = [];
    if (wanted) {
      if (other) await rename(file, `${file}.${Date.now()}.replaced`);
      await ensurePrivateFile(file, () => content.trim());
      written.push(KEY);
    }
    const token = files.get(TOKEN);
    if (token !== undefined && (await ensurePrivateFile(operatorTokenFile(home), () => token.trim())).created)
      written.push(TOKEN);
    const now = await readSecretKey(home, environment);
    return { written, readable: key === null || now?.mark === key };
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
