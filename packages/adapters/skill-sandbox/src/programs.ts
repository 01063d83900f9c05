import { execFile } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program and the libraries that it needs: what of this machine a sandbox gets to see, and nothing else. */
export interface Program {
  path: string;
  /** Loads it with exactly these libraries. */
  loader: string;
  libraries: string[];
}

/** Where a program is, by a `PATH` and the places of system programs. Undefined when it is nowhere. */
export async function findProgram(name: string, path = ''): Promise<string | undefined> {
  for (const folder of [...path.split(delimiter), '/usr/bin', '/bin', '/usr/sbin', '/sbin'].filter((part) =>
    part.startsWith('/'),
  )) {
    const file = join(folder, name);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as { code?: string }).code ?? '')) throw error;
    }
  }
  return undefined;
}

/** Throws when the libraries can't be found out. */
export async function inspectProgram(path: string): Promise<Program> {
  const file = await realpath(path);
  const { stdout } = await run('ldd', [file], { timeout: 10_000 });
  const libraries: string[] = [];
  let loader: string | undefined;
  for (const line of stdout.split('\n')) {
    const [, named, direct] = /^\s*(?:\S+ => (\/\S+)|(\/\S+)) \(0x/.exec(line) ?? [];
    if (named !== undefined) libraries.push(named);
    if (direct !== undefined) loader = direct;
  }
  loader ??= libraries.find((library) => basename(library).startsWith('ld-'));
  if (loader === undefined) throw new Error(`the libraries of ${file} could not be found out`);
  return { path: file, loader, libraries: libraries.filter((library) => library !== loader) };
}
