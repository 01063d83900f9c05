import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../.cache');

/** Whether a program is there and says so. */
export function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** A Python with packages of its own, or why there is none. */
export interface PythonWith {
  /** The environment's folder; its programs are in `bin`. */
  folder: string;
  missing: string | undefined;
}

/** A Python environment in `.cache` with one package from PyPI in it, made once for each version. */
export function pythonWith(name: string, version: string): PythonWith {
  return environment(`${name}-${version}`, `${name}==${version}`, '');
}

/** The same with the package in a folder of this project, as it is now; made anew when something in it changes. */
export function pythonWithFolder(name: string, folder: string): PythonWith {
  return environment(name, folder, digestOf(folder));
}

/** @param state of the package; another one than that which is installed is installed over it */
function environment(name: string, wanted: string, state: string): PythonWith {
  const folder = join(CACHE, name);
  if (!works('python3', '--version')) return { folder, missing: 'there is no python3' };
  // Written last, so that an installation that was broken off is gone on with.
  const done = join(folder, 'installed');
  const python = join(folder, 'bin', 'python3');
  if (existsSync(done) && readFileSync(done, 'utf8') === state && works(python, '--version'))
    return { folder, missing: undefined };
  // A pip that is there already saves the environment one of its own, which takes as long as the package; its code is compiled when used.
  const hasPip = works('python3', '-m', 'pip', '--version');
  const pip = hasPip ? ['python3', '-m', 'pip', '--python', python] : [python, '-m', 'pip'];
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', ...(hasPip ? ['--without-pip'] : []), folder],
    [...pip, 'install', '--quiet', '--disable-pip-version-check', '--no-compile', wanted],
  ]) {
    const { status, stderr, error } = spawnSync(command ?? '', args, { encoding: 'utf8' });
    if (status === 0) continue;
    const why = error?.message ?? stderr.trim();
    return { folder, missing: `installing ${name} failed: ${why}` };
  }
  writeFileSync(done, state);
  return { folder, missing: undefined };
}

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of entries.sort()) hash.update(file.slice(folder.length)).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}
