import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { arch, release, version } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { EngineSettings } from './launch.js';
import { findProgram } from './programs.js';
import { RUNNER_FOLDER } from './toolbox.js';

const run = promisify(execFile);
const PATIENCE_MS = 10_000;

/** What an engine is made of, beside Node. */
const PROGRAMS = ['podman', 'bwrap', 'prlimit', 'setpriv', 'crun', 'runc', 'conmon', 'newuidmap', 'newgidmap'];
/** What of the kernel can be set while it runs, and what this process may do. */
const KERNEL = [
  '/proc/sys/kernel/random/boot_id',
  '/proc/sys/kernel/unprivileged_userns_clone',
  '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
  '/proc/sys/kernel/yama/ptrace_scope',
  '/proc/sys/user/max_user_namespaces',
  '/proc/self/attr/current',
  '/proc/self/cgroup',
  '/proc/self/limits',
];
const SETTINGS = ['/etc/containers', '/usr/share/containers', '/etc/subuid', '/etc/subgid'];

/** A digest of everything on this machine that what an engine's test has found depends on: another one, another test. */
export async function machineConditions({ engine, image, surroundings }: EngineSettings): Promise<string> {
  const own = [surroundings['CONTAINERS_CONF'], join(surroundings['HOME'] ?? '/', '.config/containers')];
  const files = [...SETTINGS, ...own.filter((path) => path !== undefined), RUNNER_FOLDER, SOURCES, process.execPath];
  const facts = {
    settings: [engine, image, await imageOf(engine, image, surroundings['PATH'])],
    process: [
      process.version,
      arch(),
      release(),
      version(),
      process.getuid?.(),
      process.getgid?.(),
      process.getgroups?.(),
    ],
    kernel: await Promise.all([...KERNEL.map(textOf), capabilities()]),
    programs: await Promise.all(PROGRAMS.map(async (name) => lookOf(await findProgram(name, surroundings['PATH'])))),
    files: await Promise.all(files.map(lookOf)),
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Of this package. */
const SOURCES = dirname(fileURLToPath(import.meta.url));

/** Where a file leads to, and how it looks from outside; of a folder, what lies in it. */
async function lookOf(path: string | undefined): Promise<unknown> {
  if (path === undefined) return null;
  try {
    const file = await realpath(path);
    const found = await stat(file);
    if (!found.isDirectory()) return [file, found.size, found.mtimeMs, found.ino];
    const names = await readdir(file);
    const within = names.sort().map(async (name) => {
      const { size, mtimeMs, ino } = await stat(join(file, name));
      return [name, size, mtimeMs, ino];
    });
    return [file, await Promise.all(within)];
  } catch (error) {
    return codeOf(error);
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return codeOf(error);
  }
}

async function capabilities(): Promise<string> {
  return (await textOf('/proc/self/status'))
    .split('\n')
    .filter((line) => /^(Cap|NoNewPrivs|Seccomp)/.test(line))
    .join();
}

/** What is behind an image's name now: of a folder its shell, of podman's its id. */
async function imageOf(engine: EngineSettings['engine'], image: string | undefined, path: string | undefined) {
  if (image === undefined) return null;
  const podman = engine === 'bubblewrap' ? undefined : await findProgram('podman', path);
  return [await lookOf(join(image, 'bin/sh')), podman && (await podmansId(podman, image))];
}

async function podmansId(podman: string, image: string): Promise<string> {
  try {
    const args = ['image', 'inspect', '--format={{.Id}}', image];
    return (await run(podman, args, { timeout: PATIENCE_MS })).stdout.trim();
  } catch {
    return 'none';
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
