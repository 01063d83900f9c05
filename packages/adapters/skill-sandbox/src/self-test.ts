import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FunctionSession } from './function-session.js';
import type { Engine, Launch } from './launch.js';
import { Sandbox } from './sandbox.js';
import { RUNNER_FOLDER } from './toolbox.js';
import { UnisolatedEngine } from './unisolated-engine.js';

const PATIENCE_MS = 20_000;
const FORKS = 200;
const SHELL_PROCESSES = 40;

/** What the probe could do: see runner/probe.mjs. */
interface Probed {
  canary: boolean;
  passwd: boolean;
  gateway: boolean;
  environment: boolean;
  write: boolean;
  root: boolean;
  loopback: boolean;
  shell?: number;
  uid: number;
}

/** What does not hold, in words; nothing when the engine can be used. Sets what the engine has to know of this machine. */
export async function selfTest(engine: Engine, signal: AbortSignal): Promise<string | undefined> {
  const first = await attempt(engine, signal);
  if (first === undefined || !engine.limitsProcesses) return first;
  // Before Linux 5.14 the limit counts every process of the user, wherever it runs.
  engine.limitsProcesses = false;
  const second = await attempt(engine, signal);
  return second === undefined ? undefined : first;
}

/** Why skills can't be given a shell; undefined when they can. */
export async function shellTest(
  engine: Engine,
  image: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (image === undefined) return 'a shell needs an image that has one (skills.image)';
  if (!engine.limitsProcesses) return `${engine.name} can not limit the number of processes on this machine`;
  try {
    const { shell = -1 } = await probe(engine, true, signal);
    if (shell < 0) return 'the image (skills.image) has no /bin/sh that runs here';
    return shell >= FORKS ? `${engine.name} does not limit the number of processes on this machine` : undefined;
  } catch (error) {
    return `no shell could be started: ${wordsOf(error)}`;
  }
}

async function attempt(engine: Engine, signal: AbortSignal): Promise<string | undefined> {
  try {
    const found = await probe(engine, false, signal);
    const holes = (['canary', 'passwd', 'gateway', 'environment', 'write', 'root', 'loopback'] as const).filter(
      (name) => found[name],
    );
    if (found.uid === 0 && !engine.rootless) holes.push('root');
    return holes.length === 0 ? undefined : `the self-test got through: ${holes.join(', ')}`;
  } catch (error) {
    return `the self-test did not run: ${wordsOf(error)}`;
  }
}

async function probe(engine: Engine, shell: boolean, signal: AbortSignal): Promise<Probed> {
  signal.throwIfAborted();
  const canary = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(canary, 'listening');
  engine.reserveBytes ??= await reservedBytes();
  const launch = launchOf(shell);
  const sandbox = new Sandbox(engine.start(launch), launch.limits.outputBytes);
  const timer = setTimeout(() => sandbox.kill(new Error('it took too long')), PATIENCE_MS);
  const stop = () => sandbox.kill(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    const session = await FunctionSession.open(sandbox);
    const args = {
      port: (canary.address() as AddressInfo).port,
      gatewayPid: process.pid,
      canary: fileURLToPath(import.meta.url),
      ...(shell && { forks: FORKS }),
    };
    return (await session.call({ args, context: {} })) as Probed;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    sandbox.kill(new Error('the self-test is over'));
    await sandbox.gone;
    canary.close();
  }
}

function launchOf(shell: boolean): Launch {
  const processes = shell ? SHELL_PROCESSES : 64;
  return {
    folder: RUNNER_FOLDER,
    entry: 'probe.mjs',
    program: 'runner',
    shell,
    limits: { timeoutMs: PATIENCE_MS, memoryMb: 256, outputBytes: 1_000_000, processes, workspaceBytes: 0 },
    environment: {},
  };
}

/**
 * What a loaded Node has reserved as its data, of which it uses little: the limit on data is set above that. It is looked for in a process
 * of ours, since those of some engines can't be seen from here. Undefined where there is no /proc.
 */
async function reservedBytes(): Promise<number | undefined> {
  const sandbox = new Sandbox(new UnisolatedEngine().start(launchOf(false)), 1_000_000);
  const timer = setTimeout(() => sandbox.kill(new Error('it took too long')), PATIENCE_MS);
  try {
    await FunctionSession.open(sandbox);
    const status = await readFile(`/proc/${sandbox.pid}/status`, 'utf8');
    const kilobytes = Number(/^VmData:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    return kilobytes > 0 ? kilobytes * 1024 : undefined;
  } finally {
    clearTimeout(timer);
    sandbox.kill(new Error('the look is over'));
    await sandbox.gone;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
