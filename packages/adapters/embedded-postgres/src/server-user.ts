import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './errors.js';

/** The operating-system user the server runs as, by number. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/**
 * The user to run the server as, or undefined for the user we are. PostgreSQL refuses to run as root, so root gives way to the
 * owner of the cluster, else to the owner of the data folder (somebody else's gateway, called with sudo), else to `postgres`
 * or `nobody`.
 */
export function serverUser(home: string, cluster: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const folder of [cluster, home]) {
    const owner = statSync(folder, { throwIfNoEntry: false });
    if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  }
  const user = passwdEntry('postgres') ?? passwdEntry('nobody');
  if (user) return user;
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. ' +
      'Start the gateway as a normal user, or set DATABASE_URL.',
  );
}

/** Whether `user` may pass through `folder` and everything above it, by the permission bits. */
export function canReach(user: ServerUser, folder: string): boolean {
  return unreachableFolder(user, folder) === undefined;
}

/** The topmost folder on the way to `folder`, itself included, that `user` may not pass; undefined when the way is free. */
export function unreachableFolder(user: ServerUser, folder: string): string | undefined {
  const parent = dirname(folder);
  const above = parent === folder ? undefined : unreachableFolder(user, parent);
  if (above) return above;
  return mayUse(user, folder, 0o1) ? undefined : folder;
}

/** Whether `user` has the permission `bit` (4 read, 2 write, 1 pass or run) on the file or folder. */
export function mayUse(user: ServerUser, path: string, bit: number): boolean {
  const { uid, gid, mode } = statSync(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bit) === bit;
}

function passwdEntry(name: string): ServerUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  // macOS writes nobody's numbers as -2; the system calls want them unsigned.
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}
