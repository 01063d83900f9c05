import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { Header } from 'tar/header';

export interface ArchiveEntry {
  name: string;
  data: Buffer;
}

const BLOCK = 512;
const CHUNK = 256 * 1024;
const END = Buffer.alloc(2 * BLOCK);

/**
 * Writes entries as a tar file compressed with zstd (`tar --zstd -xf` reads it), for its owner alone. It gets its name when all of it is on the
 * disk, so that there is never half of one; what goes wrong before leaves nothing behind. Gives its size in bytes.
 */
export async function writeArchive(
  path: string,
  entries: AsyncIterable<ArchiveEntry>,
  signal?: AbortSignal,
): Promise<number> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.draft`);
  const file = await open(draft, 'wx', 0o600);
  try {
    const compressed = createZstdCompress({ chunkSize: CHUNK, params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    const out = file.createWriteStream({ flush: true, highWaterMark: CHUNK });
    await pipeline(Readable.from(blocks(entries), { objectMode: true, highWaterMark: 1 }), compressed, out, {
      ...(signal && { signal }),
    });
    await rename(draft, path);
    await syncFolder(dirname(path));
    return out.bytesWritten;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

async function* blocks(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer, void, undefined> {
  for await (const { name, data } of entries) {
    const header = new Header({ path: name, mode: 0o600, size: data.length, mtime: new Date(), type: 'File' });
    if (header.encode() || !header.block) throw new Error(`the name ${name} is too long for an archive`);
    yield header.block;
    yield data;
    if (data.length % BLOCK > 0) yield Buffer.alloc(BLOCK - (data.length % BLOCK));
  }
  yield END;
}

/** The name is on the disk as well. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
