import { lchownSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { types } from 'node:util';
import { hasCode } from './errors.js';

const SQLITE_BUSY = 5;
// Long enough to sit out somebody's look at the lock (microseconds), short enough to be told at once that it is taken.
const PATIENCE_MS = 200;

/**
 * A lock that one process at a time holds and that the kernel takes back the moment the process ends, however it ends.
 *
 * It is SQLite's lock on an empty database file, because that is the only `fcntl` lock within reach of Node. A file with a
 * process id in it would have to be judged (is that process alive, is it the same one, who clears it away), and would
 * be wrong between two containers that share a volume. The holder's process id stands beside it for people to read, in a file
 * of its own: a process that opens and closes a file it holds an `fcntl` lock on loses the lock.
 */
export class FileLock {
  private constructor(
    private readonly database: DatabaseSync,
    private readonly pidPath: string,
  ) {}

  /** Takes the lock, or returns undefined when another process (or this one) holds it. Throws when the file cannot be used. */
  static tryAcquire(lockPath: string, pidPath: string): FileLock | undefined {
    const database = lockDatabase(lockPath, 'BEGIN EXCLUSIVE');
    if (!database) return undefined;
    giveToFolderOwner(lockPath);
    writeNew(pidPath, `${process.pid}\n`, 0o644);
    return new FileLock(database, pidPath);
  }

  /** Whether some process holds the lock at this moment. */
  static isHeld(lockPath: string): boolean {
    if (!statSync(lockPath, { throwIfNoEntry: false })) return false;
    const database = lockDatabase(lockPath, 'BEGIN; SELECT count(*) FROM sqlite_schema');
    database?.close();
    return database === undefined;
  }

  /** The process id that the holder wrote down; meaningful only while the lock is held. */
  static holderPid(pidPath: string): number | undefined {
    try {
      const pid = Number.parseInt(readFileSync(pidPath, 'utf8'), 10);
      return Number.isNaN(pid) ? undefined : pid;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Gives the lock back. A second call does nothing. */
  release(): void {
    if (!this.database.isOpen) return;
    rmSync(this.pidPath, { force: true });
    this.database.close();
  }
}

function lockDatabase(path: string, statement: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: PATIENCE_MS });
  try {
    database.exec(statement);
    return database;
  } catch (error) {
    database.close();
    if (types.isNativeError(error) && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined;
    throw new Error(`${path} cannot be locked; is it on a file system without locks, or owned by another user?`, {
      cause: error,
    });
  }
}

/** Puts a whole file in place. It never writes through a link, which root must not do in a folder that somebody else can write. */
export function writeNew(path: string, text: string, mode: number): void {
  const draft = `${path}.new-${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode, flag: 'wx' });
  giveToFolderOwner(draft);
  renameSync(draft, path);
}

/** What root leaves in somebody's data folder must stay usable for that somebody. */
export function giveToFolderOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  lchownSync(path, uid, gid);
}
