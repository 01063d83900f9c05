import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, type Outcome, runProgram, works } from './run-program.js';
import { ROOT } from './seed-document.js';

const REQUESTS = 'requests==2.32.5';

/** A Python that has `requests`: the machine's, or one of the project's own in `.cache`, which is made once. */
export const { python, missingPython } = findPython();

function findPython(): { python: string; missingPython: string | undefined } {
  if (!works('python3', '--version')) return { python: '', missingPython: 'there is no python3' };
  if (works('python3', '-c', 'import requests')) return { python: 'python3', missingPython: undefined };
  const folder = join(ROOT, '.cache', 'python');
  const python = join(folder, 'bin', 'python3');
  if (existsSync(python) && works(python, '-c', 'import requests')) return { python, missingPython: undefined };
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', folder],
    [python, '-m', 'pip', 'install', '--quiet', REQUESTS],
  ]) {
    const { status, stderr, error } = spawnSync(command ?? '', args, { encoding: 'utf8' });
    if (status !== 0) {
      const why = error?.message ?? stderr.trim();
      return { python: '', missingPython: `python3 has no requests, and installing it failed: ${why}` };
    }
  }
  return { python, missingPython: undefined };
}

/** Runs `main.py` of these files. */
export function runPython(files: Record<string, string>): Promise<Outcome> {
  return runProgram(python, ['main.py'], {
    cwd: folderWith(files),
    env: { PYTHONIOENCODING: 'utf-8', PYTHONUTF8: '1' },
  });
}
