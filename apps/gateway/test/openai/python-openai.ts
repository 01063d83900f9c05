import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { works } from '../seeds/run-program.js';
import { ROOT } from '../seeds/seed-document.js';

const OPENAI = 'openai==3.52.0';

/** A Python of the project's own in `.cache` that has OpenAI's official client; made once. */
export const { python, missingOpenAi } = findPython();

function findPython(): { python: string; missingOpenAi: string | undefined } {
  if (!works('python3', '--version')) return { python: '', missingOpenAi: 'there is no python3' };
  const folder = join(ROOT, '.cache', 'python-openai');
  const python = join(folder, 'bin', 'python3');
  if (existsSync(python) && works(python, '-c', 'import openai')) return { python, missingOpenAi: undefined };
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', folder],
    [python, '-m', 'pip', 'install', '--quiet', OPENAI],
  ]) {
    const { status, stderr, error } = spawnSync(command ?? '', args, { encoding: 'utf8' });
    if (status === 0) continue;
    const why = error?.message ?? stderr.trim();
    return { python: '', missingOpenAi: `python3 has no openai, and installing it failed: ${why}` };
  }
  return { python, missingOpenAi: undefined };
}
