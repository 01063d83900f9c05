import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { giveToFolderOwner } from './file-lock.js';

const MAX_BYTES = 5_000_000;
// Not through a link: root may write here in a folder of somebody else's.
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** The file the server writes its output to; it goes on writing there when the gateway is gone. At most two files of 5 MB. */
export class ServerLog {
  constructor(private readonly path: string) {}

  /** Opens the file for appending, for a server to be started. The caller closes the descriptor. */
  open(): number {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    giveToFolderOwner(dirname(this.path));
    if (this.size() > MAX_BYTES) renameSync(this.path, `${this.path}.1`);
    const descriptor = openSync(this.path, APPEND, 0o600);
    giveToFolderOwner(this.path);
    return descriptor;
  }

  size(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Keeps the file of a running server in bounds: the server has it open for appending, so it goes on at the new end. */
  trim(): void {
    if (this.size() <= MAX_BYTES) return;
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path, 0);
  }

  /** The last lines written after `offset`, for an error message; at most 4,000 bytes. */
  tail(offset: number): string {
    if (this.size() <= offset) return '';
    const descriptor = openSync(this.path, 'r');
    try {
      const end = fstatSync(descriptor).size;
      const start = Math.max(offset, end - 4_000);
      const buffer = Buffer.alloc(end - start);
      const length = readSync(descriptor, buffer, 0, buffer.length, start);
      return buffer.toString('utf8', 0, length).trim();
    } finally {
      closeSync(descriptor);
    }
  }
}
