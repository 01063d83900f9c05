import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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
  const folder = join(CACHE, `${name}-${version}`);
  if (!works('python3', '--version')) return { folder, missing: 'there is no python3' };
  // Written last, so that an installation that was broken off is gone on with.
  const done = join(folder, 'installed');
  const python = join(folder, 'bin', 'python3');
  if (existsSync(done) && works(python, '--version')) return { folder, missing: undefined };
  // A pip that is there already saves the environment one of its own, which takes as long as the package; its code is compiled when used.
  const hasPip = works('python3', '-m', 'pip', '--version');
  const pip = hasPip ? ['python3', '-m', 'pip', '--python', python] : [python, '-m', 'pip'];
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', ...(hasPip ? ['--without-pip'] : []), folder],
    [...pip, 'install', '--quiet', '--no-compile', `${name}==${version}`],
    ['touch', done],
  ]) {
    const { status, stderr, error } = spawnSync(command ?? '', args, { encoding: 'utf8' });
    if (status === 0) continue;
    const why = error?.message ?? stderr.trim();
    return { folder, missing: `installing ${name} failed: ${why}` };
  }
  return { folder, missing: undefined };
}
