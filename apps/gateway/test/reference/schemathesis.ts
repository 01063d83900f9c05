import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { works } from '../seeds/run-program.js';
import { ROOT } from '../seeds/seed-document.js';

const PACKAGE = 'schemathesis==4.32.5';

/** The fuzzer, in a folder of the project's own in `.cache`, which is made once. */
export const { schemathesis, missingSchemathesis } = find();

function find(): { schemathesis: string; missingSchemathesis: string | undefined } {
  const folder = join(ROOT, '.cache', 'schemathesis');
  const schemathesis = join(folder, 'bin', 'schemathesis');
  if (existsSync(schemathesis) && works(schemathesis, '--version'))
    return { schemathesis, missingSchemathesis: undefined };
  if (!works('python3', '--version')) return { schemathesis, missingSchemathesis: 'there is no python3' };
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', folder],
    [join(folder, 'bin', 'python3'), '-m', 'pip', 'install', '--quiet', PACKAGE],
  ]) {
    const { status, stderr, error } = spawnSync(command ?? '', args, { encoding: 'utf8' });
    if (status !== 0) {
      const why = error?.message ?? stderr.trim();
      return { schemathesis, missingSchemathesis: `installing ${PACKAGE} failed: ${why}` };
    }
  }
  return { schemathesis, missingSchemathesis: undefined };
}
