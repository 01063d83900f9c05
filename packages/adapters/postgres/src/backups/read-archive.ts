import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { types } from 'node:util';
import { createZstdDecompress } from 'node:zlib';
import { Header } from 'tar/header';
import { BackupProblem, CUT_OFF, DAMAGED, NO_BACKUP } from './backup-problem.js';
import type { ArchiveEntry } from './write-archive.js';

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const BLOCK = 512;
const CHUNK = 256 * 1024;
/** No entry of ours is larger; what says so is no archive of ours. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface PlacedEntry extends ArchiveEntry {
  /** How much of the file has been read, in bytes. */
  read: number;
}

/** The entries of an archive, one at a time. Throws {@link BackupProblem} where the file is another thing, cut off or damaged. */
export async function* readArchive(path: string, signal?: AbortSignal): AsyncGenerator<PlacedEntry, void, undefined> {
  await checkMagic(path);
  const file = createReadStream(path, { highWaterMark: CHUNK, ...(signal && { signal }) });
  const text = createZstdDecompress({ chunkSize: CHUNK });
  // What goes wrong with either is thrown by the loop that reads the second.
  pipeline(file, text, () => undefined);
  const bytes = new Bytes(text);
  try {
    for (;;) {
      const block = await bytes.take(BLOCK);
      if (block.every((byte) => byte === 0)) break;
      const header = new Header(block);
      const { path: name, size = 0 } = header;
      if (!header.cksumValid || name === undefined || size > MOST_BYTES) throw new BackupProblem(DAMAGED);
      const padded = await bytes.take(Math.ceil(size / BLOCK) * BLOCK);
      yield { name, data: padded.subarray(0, size), read: file.bytesRead };
    }
    // The checksum of the whole is at the end.
    await bytes.rest();
  } catch (error) {
    throw understood(error);
  } finally {
    file.destroy();
    text.destroy();
  }
}

async function checkMagic(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    if (bytesRead === 0) throw new BackupProblem('The file is empty.');
    if (!buffer.equals(MAGIC)) throw new BackupProblem(NO_BACKUP);
  } finally {
    await file.close();
  }
}

function understood(error: unknown): unknown {
  const code = types.isNativeError(error) && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return new BackupProblem(CUT_OFF, { cause: error });
  if (code.startsWith('ZSTD_')) return new BackupProblem(DAMAGED, { cause: error });
  return error;
}

/** A stream by lengths. */
class Bytes {
  private readonly chunks: AsyncIterator<Buffer>;
  private pieces: Buffer[] = [];
  private length = 0;

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    while (this.length < count) {
      const { value, done } = await this.chunks.next();
      if (done) throw new BackupProblem(CUT_OFF);
      this.pieces.push(value);
      this.length += value.length;
    }
    const all = this.pieces.length === 1 ? (this.pieces[0] as Buffer) : Buffer.concat(this.pieces);
    this.pieces = all.length > count ? [all.subarray(count)] : [];
    this.length -= count;
    return all.subarray(0, count);
  }

  async rest(): Promise<void> {
    while (!(await this.chunks.next()).done);
  }
}
