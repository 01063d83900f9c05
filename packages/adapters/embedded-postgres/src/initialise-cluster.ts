import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  fsyncSync,
  lchownSync,
  linkSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { POSTGRES_MAJOR } from './binaries.js';
import type { ClusterLocation } from './cluster-location.js';
import { SUPERUSER } from './connection.js';
import { EmbeddedPostgresError, hasCode } from './errors.js';
import { giveToFolderOwner } from './file-lock.js';
import { isRunning } from './process-identity.js';

/** Whether the cluster exists. Throws when it does but cannot be opened by this PostgreSQL. */
export function clusterExists(location: ClusterLocation): boolean {
  const version = readVersion(location);
  if (version === undefined) return false;
  if (version !== POSTGRES_MAJOR) {
    throw new EmbeddedPostgresError(
      `The database in ${location.data} was made by PostgreSQL ${version}, and this gateway brings ${POSTGRES_MAJOR}. ` +
        `Export it with the gateway release that made it and import it here, or set DATABASE_URL to a PostgreSQL ${version} that serves it.`,
    );
  }
  if (!existsSync(location.passwordFile)) {
    throw new EmbeddedPostgresError(
      `The password of the database in ${location.data} is missing: bring ${location.passwordFile} back from a backup.`,
    );
  }
  return true;
}

function readVersion(location: ClusterLocation): string | undefined {
  try {
    return readFileSync(join(location.data, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'EACCES')) {
      throw new EmbeddedPostgresError(
        `${location.data} belongs to another user. Run the gateway as the user that made it, or as root.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/**
 * Makes the cluster with initdb: under a name of its own first and then renamed, so that there is never half a cluster, and of two
 * processes that do it at the same time one wins and the other uses what the winner made.
 */
export async function initialiseCluster(location: ClusterLocation, initdb: string, durable: boolean): Promise<void> {
  removeAbandonedDrafts(location.base);
  const draft = join(location.base, `postgres.new-${process.pid}-${randomBytes(4).toString('hex')}`);
  const passwordCopy = `${draft}.password`;
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordCopy, ensurePassword(location), { mode: 0o600, flag: 'wx' });
    if (location.user) {
      lchownSync(draft, location.user.uid, location.user.gid);
      lchownSync(passwordCopy, location.user.uid, location.user.gid);
    }
    await runInitdb(location, initdb, draft, passwordCopy, durable);
    publish(draft, location);
  } finally {
    rmSync(passwordCopy, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

async function runInitdb(
  location: ClusterLocation,
  initdb: string,
  draft: string,
  passwordFile: string,
  durable: boolean,
) {
  const args = [
    ...['-D', draft, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--no-instructions', ...(durable ? [] : ['--no-sync'])],
  ];
  await new Promise<void>((resolve, reject) => {
    execFile(initdb, args, { ...location.user, cwd: '/', env: serverEnvironment() }, (error, stdout, stderr) => {
      if (!error) return resolve();
      const said = stderr.trim() || stdout.trim() || error.message;
      reject(
        new EmbeddedPostgresError(`initdb could not make the database in ${location.data}: ${said}`, { cause: error }),
      );
    });
  });
}

/** Nothing of the gateway's environment, which holds secrets, and none of libpq's PG* variables. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function publish(draft: string, location: ClusterLocation): void {
  try {
    renameSync(draft, location.data);
    const folder = openSync(location.base, 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    if (!clusterExists(location)) {
      throw new EmbeddedPostgresError(`${location.data} exists but holds no database. Move it away.`, { cause: error });
    }
  }
}

/** The superuser's password, made when there is none. Linked into place, so that the first of two writers decides. */
function ensurePassword(location: ClusterLocation): string {
  const draft = `${location.passwordFile}.new-${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  giveToFolderOwner(draft);
  try {
    linkSync(draft, location.passwordFile);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readPassword(location);
}

export function readPassword(location: ClusterLocation): string {
  return readFileSync(location.passwordFile, 'utf8').trim();
}

/** Removes what processes left that were killed during initdb. */
function removeAbandonedDrafts(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = /^postgres\.new-(\d+)-/.exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(base, name), { recursive: true, force: true });
  }
}
