import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxSkillRuntime } from '../../packages/adapters/skill-sandbox/dist/index.js';
import { percentile } from '../statistics.mjs';

const PARALLEL = 20;
/** Node has touched more pages than so many when it has loaded a file. */
const LOADED_FAULTS = 1_500;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const never = new AbortController().signal;

/** Calls of a skill that does nothing, in each engine that this machine has: in a sandbox of its own start, in one kept warm, many at once. */
export async function measureSkills(_surroundings, { skillCalls }, say) {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-skill-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'index.mjs'), 'export default (args) => args;\n', { mode: 0o644 });
  const engines = [];
  try {
    for (const engine of ['bubblewrap', 'podman']) engines.push(await measureEngine(engine, folder, skillCalls, say));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { parallel: PARALLEL, engines };
}

async function measureEngine(engine, folder, calls, say) {
  say(`skills: ${engine}`);
  const settings = {
    engine,
    image: undefined,
    unisolated: false,
    warm: 0,
    concurrent: PARALLEL,
    surroundings: process.env,
  };
  const runtime = new SandboxSkillRuntime(() => settings, join(folder, 'workspaces'), quiet);
  try {
    const { name, reason } = await runtime.engine();
    if (name === null) return { engine, reason };
    const call = async () => {
      const began = performance.now();
      await runtime.run(skillIn(folder), { args: {} }, never);
      return performance.now() - began;
    };
    const cold = [];
    for (let no = 0; no < calls; no++) cold.push(await call());
    say(`skills: ${engine}, ${PARALLEL} at once`);
    const began = performance.now();
    const together = await Promise.all(Array.from({ length: PARALLEL }, call));
    const wholeMs = performance.now() - began;
    say(`skills: ${engine}, warm`);
    settings.warm = 1;
    await call();
    const warm = [];
    for (let no = 0; no < calls; no++) {
      // The next sandbox is made ready in the background; a call in use comes when it is.
      await sandboxReady();
      warm.push(await call());
    }
    await sandboxReady();
    return {
      engine,
      cold: summary(cold),
      warm: summary(warm),
      parallel: { ...summary(together), wholeMs },
      sandboxMb: sandboxMb(),
    };
  } finally {
    await runtime.close();
  }
}

function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

function skillIn(folder) {
  return {
    manifest: {
      ...{ name: 'bench', version: '1.0.0', description: '', kind: 'function', entry: 'index.mjs', body: '' },
      permissions: { network: false, filesystem: false, shell: false },
    },
    digest: 'bench',
    folder,
    tenant: 'default',
    settings: {
      ...{ enabled: true, allowedHosts: [], allowPrivateNetworks: false, config: {}, secrets: {} },
      limits: { timeoutMs: 60_000, memoryMb: 256, outputBytes: 1_048_576, processes: 64, workspaceBytes: 0 },
    },
  };
}

/** Settles when a sandbox of Node waits for its call, as far as that can be seen: it has touched no more of its memory for a while. */
async function sandboxReady() {
  let before = -1;
  for (let look = 0; look < 400; look++) {
    const [process] = sandboxes();
    const faults = process === undefined ? -1 : faultsOf(process);
    if (faults > LOADED_FAULTS && faults === before) return;
    before = faults;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no sandbox got warm');
}

/** The processes of Node that run a skill. */
function sandboxes() {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return (
        program === '/openclaw/lib/' + program.split('/').at(-1) &&
        args.includes('/skill/index.mjs') &&
        args.includes('--permission')
      );
    } catch {
      return false;
    }
  });
}

function faultsOf(pid) {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')[7],
    );
  } catch {
    return -1;
  }
}

/** What a warm sandbox has of the machine's memory: its own pages, and its share of those that several have. */
function sandboxMb() {
  const [pid] = sandboxes();
  if (pid === undefined) return undefined;
  const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
