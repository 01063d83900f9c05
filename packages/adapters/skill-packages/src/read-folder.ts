import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SkillFailed } from '@openclaw/core';
import { addFile, type FileTree } from './file-tree.js';
import type { PackageLimits } from './limits.js';

/** What a look at a folder shows without opening a file; it changes whenever a file does. */
export interface FolderLook {
  signature: string;
  /** Relative to the folder. */
  files: string[];
}

const IGNORED = new Set(['.git', '.DS_Store']);

/** Throws `SkillFailed` for what is neither file nor folder, and for more than the limits allow. */
export async function lookAt(folder: string, limits: PackageLimits): Promise<FolderLook> {
  const files: string[] = [];
  const lines: string[] = [];
  let bytes = 0;
  const walk = async (below: string): Promise<void> => {
    const names = (await readdir(join(folder, below))).filter((name) => !IGNORED.has(name)).sort();
    for (const name of names) {
      const path = below === '' ? name : `${below}/${name}`;
      const stat = await lstat(join(folder, path), { bigint: true });
      if (stat.isDirectory()) {
        await walk(path);
        continue;
      }
      if (!stat.isFile()) throw new SkillFailed(`${JSON.stringify(path)} is not a file`);
      files.push(path);
      bytes += Number(stat.size);
      if (files.length > limits.files) throw new SkillFailed(`There are more than ${limits.files} files`);
      if (bytes > limits.unpackedBytes)
        throw new SkillFailed(`The files are larger than ${limits.unpackedBytes} bytes`);
      lines.push([path, stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino, stat.mode].join('\0'));
    }
  };
  await walk('');
  return { signature: lines.join('\n'), files };
}

export async function readFolder(folder: string, { files }: FolderLook): Promise<FileTree> {
  const tree: FileTree = new Map();
  const folded = new Set<string>();
  for (const path of files) addFile(tree, folded, path, await readFile(join(folder, path)));
  return tree;
}
