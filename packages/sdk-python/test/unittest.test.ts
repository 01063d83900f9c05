import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { describeWith } from '../../../test/machine/describe-with.js';
import { pythonWith } from '../../../test/machine/python.js';

const { folder, missing } = pythonWith('httpx', '0.28.1');

describeWith([missing], 'the Python library', () => {
  it('passes its own tests', () => {
    const args = ['-W', 'error::ResourceWarning', '-m', 'unittest', 'discover', '-s', 'test'];
    const { status, stderr } = spawnSync(join(folder, 'bin', 'python3'), args, {
      cwd: join(import.meta.dirname, '..'),
      encoding: 'utf8',
      env: { PATH: process.env.PATH, PYTHONPATH: 'src', PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect(stderr).toMatch(/^Ran [1-9]\d* tests in .*\n\nOK$/m);
    expect(status).toBe(0);
  });
});
