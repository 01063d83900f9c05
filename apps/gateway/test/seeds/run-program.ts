import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILED } from '../../../../test/machine/compiled.js';
import { later } from '../harness/index.js';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 40_000;

/** A folder with these files in it, removed at the end of the test file. */
export function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-seed-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Runs a program to its end; one that fails is an outcome too. Of the tests' own environment it gets the PATH only, and where compiled code is kept. */
export function runProgram(
  command: string,
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Outcome> {
  const options = {
    cwd,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, HOME: cwd, ...env },
    timeout: TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/** Has this Python run `main.py` of these files. */
export function runPythonOf(
  python: string,
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<Outcome> {
  return runProgram(python, ['main.py'], {
    cwd: folderWith(files),
    env: { PYTHONIOENCODING: 'utf-8', PYTHONUTF8: '1', ...env },
  });
}
