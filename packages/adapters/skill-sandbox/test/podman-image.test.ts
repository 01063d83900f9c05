import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';
import type { RunnableSkill } from '@openclaw/core';
import { InMemoryLogger, OWN_SETTINGS, skillManifest } from '@openclaw/core/testing';
import { EngineTests, SandboxSkillRuntime } from '@openclaw/adapter-skill-sandbox';
import { findProgram, inspectProgram } from '../src/programs.js';

const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'openclaw-image-'));
chmodSync(home, 0o755);
const images: string[] = [];
const never = new AbortController().signal;

afterAll(async () => {
  if (images.length > 0) await run('podman', ['rmi', '--force', ...images]);
  rmSync(home, { recursive: true, force: true });
});

/** An image of these programs of this machine and what they need; nothing is fetched. */
async function imageOf(...programs: string[]): Promise<string> {
  const root = join(home, `image-${images.length}`);
  const place = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true, mode: 0o755 });
    copyFileSync(from, join(root, to));
    chmodSync(join(root, to), 0o755);
  };
  writeFileSync(join(mkdirIn(root), 'here'), 'of the image', { mode: 0o644 });
  for (const name of programs) {
    const { path, loader, libraries } = await inspectProgram((await findProgram(name)) ?? '');
    place(path, `bin/${name}`);
    for (const library of [loader, ...libraries]) place(library, library);
  }
  const name = `localhost/openclaw-test-${randomUUID().slice(0, 8)}`;
  const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Podman wants to be told that images made here may be used, where the system says nothing about it.
  const policy = join(home, 'policy.json');
  writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
  const podman = spawn('podman', ['import', `--signature-policy=${policy}`, '-', name], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  tar.stdout.pipe(podman.stdin);
  const [code] = (await once(podman, 'exit')) as [number];
  if (code !== 0) throw new Error(`podman import ended with ${code}`);
  images.push(name);
  return name;
}

function mkdirIn(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

function open(image: string | undefined): SandboxSkillRuntime {
  const surroundings = process.env;
  const settings = { engine: 'podman', image, unisolated: false, warm: 0, concurrent: 4, surroundings } as const;
  return new SandboxSkillRuntime(() => settings, home, new InMemoryLogger(), new EngineTests(join(home, 'tests.json')));
}

function skill(code: string): RunnableSkill {
  const folder = mkdirIn(join(home, 'skill'));
  writeFileSync(join(folder, 'index.mjs'), code, { mode: 0o644 });
  return {
    manifest: skillManifest('s', {
      entry: 'index.mjs',
      permissions: { network: false, filesystem: false, shell: true },
    }),
    digest: 'd',
    folder,
    tenant: 'default',
    settings: { ...OWN_SETTINGS, limits: { ...OWN_SETTINGS.limits, timeoutMs: 60_000, processes: 24 } },
  };
}

const SHELL = skill(`
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, existsSync } from 'node:fs';
const sh = (script) => execFileSync('/bin/sh', ['-c', script]).toString().trim();
export default () => {
  const out = sh('echo $((6 * 7)); read -r line < /here; echo $line; [ -e /etc/shadow ] && echo of the machine; true');
  let forked = 0;
  for (; forked < 200; forked++) {
    const child = spawn('/bin/sleep', ['60']);
    child.on('error', () => {});
    if (!child.pid) break;
  }
  return { out, forked };
};
`);

const probe = open(undefined);
const state = await probe.engine();
await probe.close();
// Whoever can't use podman here says so; in CI it is asked for by .ci/run, though not every machine lets it run.
const test = state.name === 'podman' ? it : it.skip;
if (state.name === null) process.stdout.write(`skills: podman can not be used here: ${state.reason ?? ''}\n`);
const limited = state.enforced.includes('number of processes');

test('a skill with a shell has that of the image, and no more processes than it may', async () => {
  const runtime = open(await imageOf('sh', 'sleep'));
  try {
    if (!limited) {
      await expect(runtime.run(SHELL, { args: {} }, never)).rejects.toThrow('can not limit the number of processes');
      return;
    }
    expect((await runtime.engine()).shell).toEqual({ available: true });
    const { out, forked } = (await runtime.run(SHELL, { args: {} }, never)) as { out: string; forked: number };
    expect(out.split('\n')).toEqual(['42', 'of the image']);
    expect(forked).toBeGreaterThan(0);
    expect(forked).toBeLessThan(24);
  } finally {
    await runtime.close();
  }
});

test.each<[string, () => Promise<string | undefined>, RegExp]>([
  ['without an image', () => Promise.resolve(undefined), /skills\.image/],
  ['with an image that has none', () => imageOf(), limited ? /has no \/bin\/sh/ : /can not limit/],
  [
    'with an image that is not there',
    async () => 'localhost/openclaw-nowhere',
    limited ? /no shell could be started/ : /can not/,
  ],
])('a skill with a shell is refused %s', async (_, image, words) => {
  const runtime = open(await image());
  try {
    await expect(runtime.run(SHELL, { args: {} }, never)).rejects.toThrow(words);
  } finally {
    await runtime.close();
  }
});
