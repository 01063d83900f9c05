import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './error-code.js';

export interface PrivateFile {
  content: string;
  created: boolean;
}

/**
 * The content of a file that only its owner may read; made with `make` when there is none. Of two processes that make it at
 * the same moment one wins and both get its content; nobody ever sees half a file. Looser rights on a present file are tightened.
 */
export async function ensurePrivateFile(file: string, make: () => string): Promise<PrivateFile> {
  const present = await read(file);
  if (present !== undefined) return { content: present, created: false };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const content = make();
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${content}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Unlike a rename, a link fails where somebody else was first.
    await link(draft, file);
    return { content, created: true };
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const winner = await read(file);
    if (winner === undefined) throw error;
    return { content: winner, created: false };
  } finally {
    await unlink(draft).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    const content = (await readFile(file, 'utf8')).trim();
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
    if (content === '') throw new Error(`${file} is empty; delete it, and it will be made anew`);
    return content;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
