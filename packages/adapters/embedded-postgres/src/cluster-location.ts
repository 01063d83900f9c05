import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError, hasCode } from './errors.js';
import { writeNew } from './file-lock.js';
import { type ServerUser, serverUser, unreachableFolder } from './server-user.js';

/** Where the parts of one embedded cluster are. */
export interface ClusterLocation {
  /** The gateway's data folder, without symbolic links. */
  home: string;
  /** The folder that holds `postgres/`: the data folder itself, or one that the server's user can reach. */
  base: string;
  /** The cluster (PGDATA). */
  data: string;
  passwordFile: string;
  logFile: string;
  /** The user the server runs as when that is not us. */
  user: ServerUser | undefined;
}

/** Root's place for clusters whose data folder lies where nobody but root comes, such as /root. */
const SHARED_ROOT = '/var/lib/openclaw-gateway';
/** Length of sun_path less its final zero byte. */
const SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** Finds the cluster of the data folder `home`, or decides where it goes. Makes the folder; reads and writes `postgres.location`. */
export function locateCluster(homePath: string): ClusterLocation {
  mkdirSync(homePath, { recursive: true, mode: 0o700 });
  const home = realpathSync(homePath);
  const noted = readNote(home);
  const user = serverUser(home, join(noted ?? home, 'postgres'));
  const base = noted ?? chooseBase(home, user);
  if (base !== home) claimBase(base, home);
  return {
    home,
    base,
    data: join(base, 'postgres'),
    passwordFile: join(home, 'postgres.password'),
    logFile: join(home, 'logs', 'postgres.log'),
    user,
  };
}

function chooseBase(home: string, user: ServerUser | undefined): string {
  if (!user) return home;
  const blocked = unreachableFolder(user, home);
  if (blocked === undefined) return home;
  if (blocked === home) {
    // Ours to open for passing through; what is private in it has mode 0600 of its own.
    chmodSync(home, statSync(home).mode | 0o011);
    return home;
  }
  const base = join(SHARED_ROOT, randomBytes(6).toString('hex'));
  // Noted before it exists, so that a crash in between leaves no cluster that nobody knows of.
  writeNote(home, base);
  return base;
}

/** Makes sure that the cluster outside belongs to this data folder and not to one that this is a copy of. */
function claimBase(base: string, home: string): void {
  const claim = join(base, 'home');
  const owner = readText(claim);
  if (owner !== undefined && owner !== home && existsSync(owner) && readNote(owner) === base) {
    throw new EmbeddedPostgresError(
      `The database at ${base} belongs to the data folder ${owner}, of which ${home} seems to be a copy. ` +
        `Delete ${join(home, 'postgres.location')} and postgres.password there to start with an empty database.`,
    );
  }
  mkdirSync(base, { recursive: true });
  chmodSync(SHARED_ROOT, 0o711);
  chmodSync(base, 0o711);
  if (owner !== home) writeFileSync(claim, `${home}\n`);
}

function readNote(home: string): string | undefined {
  return readText(join(home, 'postgres.location'));
}

function writeNote(home: string, base: string): void {
  writeNew(join(home, 'postgres.location'), `${base}\n`, 0o600);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * A folder for the server's socket that only its user can enter: beside the cluster, or below /tmp when that path would be too
 * long for a socket. Where a server runs already, its own postmaster.pid says which folder it uses.
 *
 * @param socketName the file name that the socket will have in it
 */
export function prepareSocketFolder(location: ClusterLocation, socketName: string): string {
  const beside = join(location.base, 'postgres.socket');
  const fits = Buffer.byteLength(join(beside, socketName)) <= SOCKET_PATH_BYTES;
  const name = createHash('sha256').update(beside).digest('hex').slice(0, 12);
  const folder = fits ? beside : `/tmp/openclaw-${name}`;
  const uid = location.user?.uid ?? process.getuid?.() ?? 0;
  mkdirPrivate(folder, location.user);
  const made = lstatSync(folder);
  if (made.isDirectory() && made.uid === uid && (made.mode & 0o077) === 0) return folder;
  if (fits) throw new EmbeddedPostgresError(`${folder} must be a folder of user ${uid} with mode 0700.`);
  // Somebody else took the name in /tmp before us.
  const other = mkdtempSync('/tmp/openclaw-');
  if (location.user) lchownSync(other, location.user.uid, location.user.gid);
  return other;
}

function mkdirPrivate(folder: string, user: ServerUser | undefined): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (user) lchownSync(folder, user.uid, user.gid);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}
