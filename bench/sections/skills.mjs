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
      await sandboxReady(folder);
      warm.push(await call());
    }
    await sandboxReady(folder);
    return {
      engine,
      cold: summary(cold),
      warm: summary(warm),
      parallel: { ...summary(together), wholeMs },
      sandboxMb: sandboxMb(folder),
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
async function sandboxReady(folder) {
  let before = -1;
  for (let look = 0; look < 400; look++) {
    const [node] = sandboxes(folder).nodes;
    const faults = node === undefined ? -1 : faultsOf(node);
    if (faults > LOADED_FAULTS && faults === before) return;
    before = faults;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no sandbox got warm');
}

/** The processes of sandboxes for this skill: those of Node, and with what stands around them. */
function sandboxes(folder) {
  const processes = readdirSync('/proc').flatMap((pid) => (/^\d+$/.test(pid) ? processOf(pid) : []));
  const engines = processes.filter(({ args }) => args.some((arg) => arg.includes(folder)));
  const names = engines.flatMap(({ args }) => args.flatMap((arg) => /^--name=(.+)/.exec(arg)?.[1] ?? []));
  const family = new Set(engines);
  // Podman's monitors are nobody's children.
  for (const process of processes) if (process.args.some((arg) => names.includes(arg))) family.add(process);
  for (const member of family) for (const process of processes) if (process.parent === member.pid) family.add(process);
  const all = [...family];
  const nodes = all.filter(({ args }) => args[0]?.startsWith('/openclaw/lib/') && args.includes('--permission'));
  return { nodes: nodes.map(({ pid }) => pid), all: all.map(({ pid }) => pid) };
}

function processOf(pid) {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return [{ pid, args, parent: statOf(pid)[1] }];
  } catch {
    return [];
  }
}

/** From the third figure on. */
function statOf(pid) {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
}

function faultsOf(pid) {
  try {
    return Number(statOf(pid)[7]);
  } catch {
    return -1;
  }
}

/** What a warm sandbox has of the machine's memory, with what stands around it: its own pages, and its share of those that several have. */
function sandboxMb(folder) {
  const { nodes, all } = sandboxes(folder);
  const kilobytes = all.map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]),
  );
  return kilobytes.reduce((sum, part) => sum + part, 0) / 1024 / nodes.length;
}
