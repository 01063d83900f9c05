import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderInUse } from './errors.js';
import { FileLock } from './file-lock.js';

/**
 * One gateway per data folder: held by a gateway from before it opens anything in the folder until all is closed. It ends with
 * the process, so that after `kill -9` the next start finds the folder free.
 */
export class DataFolderLock {
  private constructor(private readonly lock: FileLock) {}

  /** Takes the folder, making it when there is none. Throws {@link DataFolderInUse} when another gateway has it. */
  static acquire(home: string): DataFolderLock {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const { lockPath, pidPath } = files(home);
    const lock = FileLock.tryAcquire(lockPath, pidPath);
    if (!lock) throw new DataFolderInUse(home, FileLock.holderPid(pidPath));
    return new DataFolderLock(lock);
  }

  /** Whether a gateway holds the folder, and as which process; undefined when none does. */
  static holder(home: string): { pid: number | undefined } | undefined {
    const { lockPath, pidPath } = files(home);
    return FileLock.isHeld(lockPath) ? { pid: FileLock.holderPid(pidPath) } : undefined;
  }

  release(): void {
    this.lock.release();
  }
}

function files(home: string) {
  return { lockPath: join(home, 'gateway.lock'), pidPath: join(home, 'gateway.pid') };
}
