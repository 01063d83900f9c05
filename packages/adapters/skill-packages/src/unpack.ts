import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SkillFailed } from '@openclaw/core';
import type { ReadEntry } from 'tar';
import { addFile, type FileTree } from './file-tree.js';
import { HARMLESS_BYTES, type PackageLimits } from './limits.js';

const inflate = promisify(gunzip);
const FILES = new Set(['File', 'OldFile', 'ContiguousFile']);
/** How gzip's and zstd's data begin; no path does. */
const PACKED = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])];
/** A tar's headers and padding, for one file. */
const OVERHEAD_BYTES = 4 * 512;

/**
 * The files of a packed npm package, in memory: nothing is written, run or followed. Modes and owners are dropped. Throws `SkillFailed` for a
 * file that is broken, too large, too many, links, or leads out of its folder.
 */
export async function unpack(packed: Uint8Array, limits: PackageLimits): Promise<FileTree> {
  if (packed.length > limits.packedBytes)
    throw new SkillFailed(`The package is larger than ${limits.packedBytes} bytes`);
  const most = Math.min(limits.unpackedBytes, Math.max(HARMLESS_BYTES, packed.length * limits.ratio));
  const tree: FileTree = new Map();
  const folded = new Set<string>();
  let bytes = 0;
  await parse(await inflated(packed, most + limits.files * OVERHEAD_BYTES), (entry) => {
    if (entry.type === 'Directory' || entry.type === 'GNUDumpDir') return undefined;
    if (!FILES.has(entry.type))
      throw new SkillFailed(
        `The package has a ${entry.type} (${JSON.stringify(entry.path.slice(0, 100))}); only files are allowed`,
      );
    if (tree.size >= limits.files) throw new SkillFailed(`The package has more than ${limits.files} files`);
    bytes += entry.size;
    if (bytes > most) throw new SkillFailed(`The package unpacks to more than ${most} bytes`);
    const [, path] = /^[^/]*\/(.*)$/s.exec(entry.path) ?? [];
    if (entry.path.startsWith('/') || entry.path.startsWith('../') || path === undefined)
      throw new SkillFailed(`The package has a file with an unsafe path: ${JSON.stringify(entry.path.slice(0, 255))}`);
    return (content) => addFile(tree, folded, path, content);
  });
  mustNotNest(tree);
  return tree;
}

async function inflated(packed: Uint8Array, most: number): Promise<Buffer> {
  try {
    return await inflate(packed, { maxOutputLength: most });
  } catch (error) {
    const tooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw new SkillFailed(
      tooLarge ? `The package unpacks to more than ${most} bytes` : 'The package is not a gzipped tar',
      {
        cause: error,
      },
    );
  }
}

/** `take` looks at an entry's header, and gives what is to be done with its content, if anything. */
async function parse(tar: Buffer, take: (entry: ReadEntry) => ((content: Buffer) => void) | undefined): Promise<void> {
  // The parser would unpack what is packed twice, without a limit.
  if (PACKED.some((mark) => tar.subarray(0, mark.length).equals(mark)))
    throw new SkillFailed('The package is packed more than once');
  const { Parser } = await import('tar');
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(
        error instanceof SkillFailed
          ? error
          : new SkillFailed('The package is not a tar that can be read', { cause: error }),
      );
    const parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        try {
          const use = take(entry);
          if (!use) return void entry.resume();
          const chunks: Buffer[] = [];
          entry.on('data', (chunk: Buffer) => chunks.push(chunk));
          entry.on('end', () => {
            try {
              use(Buffer.concat(chunks));
            } catch (error) {
              fail(error);
            }
          });
        } catch (error) {
          fail(error);
          entry.resume();
        }
      },
    });
    parser.on('error', fail);
    parser.on('end', () => resolve());
    parser.end(tar);
  });
}

/** A path that is a file here must not be a folder there. */
function mustNotNest(tree: FileTree): void {
  const files = new Set([...tree.keys()].map((path) => path.toLowerCase()));
  for (const path of files) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (files.has(path.slice(0, slash)))
        throw new SkillFailed(`The package has a file and a folder of the same path: ${path}`);
    }
  }
}
