import { createHash } from 'node:crypto';
import { SkillFailed } from '@openclaw/core';

/** The files of a skill: contents by path, which is relative, with forward slashes. */
export type FileTree = Map<string, Buffer>;

const LONGEST_PATH = 255;

/** The same for the same names and contents, whatever the order, owner, mode and time of the files. In hex. */
export function digestOf(tree: FileTree): string {
  const hash = createHash('sha256');
  for (const path of [...tree.keys()].sort()) {
    const content = tree.get(path) as Buffer;
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Adds a file. Throws `SkillFailed` for a path that leads elsewhere, means different things on different systems, or is there already. */
export function addFile(tree: FileTree, folded: Set<string>, path: string, content: Buffer): void {
  const parts = path.split('/');
  const odd =
    path.length > LONGEST_PATH ||
    // eslint-disable-next-line no-control-regex -- control characters are the very thing looked for
    /[\u0000-\u001f\u007f\\:]/.test(path) ||
    parts.some((part) => part === '' || part === '.' || part === '..');
  if (odd)
    throw new SkillFailed(`The package has a file with an unsafe path: ${JSON.stringify(path.slice(0, LONGEST_PATH))}`);
  const fold = path.normalize('NFC').toLowerCase();
  if (folded.has(fold)) throw new SkillFailed(`The package has two files of the same path: ${JSON.stringify(path)}`);
  folded.add(fold);
  tree.set(path, content);
}
