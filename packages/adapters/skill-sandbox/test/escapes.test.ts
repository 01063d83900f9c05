import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'escape-program.mjs');
/** As it is shipped: the program is no test, and knows nothing of how those are compiled. */
const BUILD = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href;
const NOBODY = 65_534;
const PATIENCE_MS = 240_000;

interface Report {
  state: { name: string | null; rootless: boolean; reason?: string };
  outcomes: { name: string; stopped: boolean; got?: unknown; why?: string }[];
  left: string;
  uid: number;
}

const root = process.getuid?.() === 0;
const users = root ? (['root', 'a normal user'] as const) : (['a normal user'] as const);
const home = mkdtempSync(join(tmpdir(), 'openclaw-escapes-'));
chmodSync(home, 0o777);
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function attempt(engine: string, user: string, ...names: string[]): Promise<Report> {
  const { stdout } = await run(process.execPath, ['--disable-sigusr1', PROGRAM, engine, BUILD, ...names], {
    ...(root && user !== 'root' && { uid: NOBODY, gid: NOBODY }),
    cwd: '/',
    env: { PATH: process.env['PATH'], HOME: home, OPENCLAW_ESCAPE_SECRET: 'secret' },
    timeout: PATIENCE_MS,
    maxBuffer: 10_000_000,
  });
  return JSON.parse(stdout) as Report;
}

describe.each(users)('as %s', (user) => {
  it.each(['bubblewrap', 'podman'])(
    'every escape is stopped by %s',
    async (engine) => {
      const { state, outcomes, left, uid } = await attempt(engine, user);
      if (state.name === null) {
        process.stdout.write(`skills: ${engine} can not be used here as ${user}: ${state.reason ?? ''}\n`);
        // Podman wants more of the machine than packages; one engine has to be there for everybody.
        if (process.env['CI'] === 'true') expect(engine).toBe('podman');
        return;
      }
      const stopped = outcomes.filter((outcome) => outcome.stopped);
      process.stdout.write(`skills: ${engine} as ${user} stopped ${stopped.length} of ${outcomes.length} escapes\n`);
      expect(outcomes.filter((outcome) => !outcome.stopped)).toEqual([]);
      expect(outcomes.length).toBeGreaterThan(30);
      expect(left).toBe('');
      expect(uid === 0).toBe(user === 'root');
    },
    PATIENCE_MS,
  );
});

it('would see an escape: without an engine they come through', async () => {
  const names = ['TCP to 127.0.0.1', 'UDP to 127.0.0.1', 'an abstract unix socket'];
  const { outcomes } = await attempt('none', 'a normal user', ...names);
  expect(outcomes.map(({ name, stopped }) => [name, stopped])).toEqual(names.map((name) => [name, false]));
});
