// Brings a fresh clone to the point where a task can run: Node 24, the dependencies, the build. Plain JavaScript for any
// Node ≥ 20, because it runs before anything is installed. Each step leaves a stamp, so that a second run costs a moment.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CACHE = join(ROOT, '.cache');
const NODE_MAJOR = 24;
const NODE_VERSION = '24.21.0';
const RUNNING_MAJOR = Number(process.versions.node.split('.')[0]);

/**
 * How the gateway's own process is run. No debugger that a skill's process could open by a signal; garbage collected sooner than V8 would
 * by itself; functions compiled one at a time; and one memory arena for all threads, whose free end goes back to the system: 170 MB
 * resident under load instead of 200 and more, at about 30 µs of processor time a turn (docs/adr/0009-cost-of-a-turn.md). And nothing is
 * born old: V8 takes what a call fills, such as lists of headers, for lasting, and then keeps all that is in it until the whole heap is
 * collected. What is young is collected while the whole heap is, too: otherwise the heap has to hold all that is made meanwhile, and keeps that
 * room. A later Node than ours does not know that flag.
 */
export const GATEWAY_FLAGS = [
  '--disable-sigusr1',
  '--max-semi-space-size=8',
  '--heap-growing-percent=20',
  '--no-allocation-site-pretenuring',
  '--no-concurrent-recompilation',
  ...(RUNNING_MAJOR <= NODE_MAJOR ? ['--no-separate-gc-phases'] : []),
];
export const GATEWAY_ENVIRONMENT = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Prints one line of progress to stderr, so that stdout stays the task's own. */
export function say(line) {
  process.stderr.write(`\u001b[2m›\u001b[0m ${line}\n`);
}

/** An error whose text is all a person needs: printed without a stack. */
export class SetupError extends Error {}

function npm(args, options) {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', ...options });
  if (result.error) throw new SetupError(`npm could not be run (${result.error.message}). Install Node.js with npm.`);
  if (result.status !== 0) {
    throw new SetupError(`npm ${args[0]} failed:\n${(result.stderr || result.stdout || '').trim()}`);
  }
}

/** The path of a Node ≥ 24: the one running, or one fetched from npm into `.cache/node`. */
export function ensureNode() {
  if (RUNNING_MAJOR >= NODE_MAJOR) return process.execPath;
  const folder = join(CACHE, 'node');
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  say(`Node ${process.versions.node} is older than ${NODE_MAJOR}: fetching Node ${NODE_VERSION} for this project only`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  npm(['install', '--no-save', '--no-package-lock', '--ignore-scripts', `${name}@${NODE_VERSION}`], { cwd: folder });
  if (!existsSync(binary))
    throw new SetupError(`Node ${NODE_VERSION} is not on npm for this platform. Install Node ≥ ${NODE_MAJOR}.`);
  return binary;
}

/** Installs what package-lock.json names, unless exactly that is installed already. */
export function ensureInstalled() {
  const stamp = join(CACHE, 'install.stamp');
  const digest = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(join(ROOT, 'node_modules')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  say('Installing dependencies (a minute at most)');
  // Not `npm ci`: it refuses a lock file that lacks an optional package of another platform. This keeps to the lock file's
  // versions and checksums just the same, and writes nothing back.
  npm(['install', '--no-save', '--ignore-scripts', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'pipe'] });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(stamp, digest);
}

/** Compiles what changed. A tree whose sources are those of the last build is not even looked at by the compiler. */
export async function ensureBuilt(node) {
  const stamp = join(CACHE, 'build.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceDigest()) return;
  say('Building');
  const status = await run(node, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b']);
  if (status !== 0) throw new SetupError('The build failed; the compiler says why above.');
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(stamp, sourceDigest());
}

/** Forgets every build output, so that the next build is whole. */
export function cleanBuild() {
  rmSync(join(CACHE, 'build.stamp'), { force: true });
  for (const folder of workspaceFolders())
    for (const build of ['dist', 'commonjs/dist']) rmSync(join(folder, build), { recursive: true, force: true });
}

/** Runs a program with this terminal; SIGINT and SIGTERM are passed on, and its exit code returned. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    // Ctrl-C reaches the program from the terminal itself; a second one would mean: stop at once.
    const pass = (signal) => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal));
    process.on('SIGINT', pass).on('SIGTERM', pass);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? (signal ? 1 : 0));
    });
  });
}

export function workspaceFolders() {
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return workspaces.flatMap((entry) => {
    if (!entry.endsWith('/*')) return [join(ROOT, entry)];
    const parent = join(ROOT, entry.slice(0, -2));
    return readdirSync(parent).map((name) => join(parent, name));
  });
}

function sourceDigest() {
  const hash = createHash('sha256');
  const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json'].map((name) => join(ROOT, name));
  for (const folder of workspaceFolders()) {
    if (!existsSync(join(folder, 'dist'))) hash.update('no dist');
    files.push(join(folder, 'tsconfig.json'));
    if (!existsSync(join(folder, 'src'))) continue;
    for (const entry of readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && entry.name.endsWith('.ts')) files.push(join(entry.parentPath, entry.name));
    }
  }
  for (const file of files.sort()) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}
