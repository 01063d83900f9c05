import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  EGRESS_AT,
  type Engine,
  type Launch,
  limitArguments,
  nodeArguments,
  SKILL_AT,
  type Started,
  type Surroundings,
  WORKSPACE_AT,
} from './launch.js';
import type { EngineFindings } from './engine-tests.js';
import { findProgram } from './programs.js';
import { freshUid } from './sandbox-users.js';
import { RUNNER_AT, Toolbox } from './toolbox.js';

const run = promisify(execFile);
const AT = { skill: SKILL_AT, runner: RUNNER_AT, workspace: WORKSPACE_AT, egress: EGRESS_AT };
/** What podman goes by, of the gateway's environment. */
const OWN = new Set(['HOME', 'PATH', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'CONTAINERS_CONF']);
/** A container lives no longer than this, whatever becomes of the gateway and of the guard. */
const LONGEST_LIFE_SECONDS = 3_600;
const PATIENCE_MS = 30_000;
/** Podman's own are above what a process may set that is not root outside too. */
const ULIMITS = ['--ulimit=nofile=256:256', '--ulimit=nproc=4096:4096'];

/**
 * Containers by podman, of an empty file system into which a few files are mounted: no image is fetched. Containers do not die with who
 * started them; a guard, which does nothing but wait for the gateway's end, removes those that are left.
 */
export class PodmanEngine implements Engine {
  readonly name = 'podman';
  /** Podman takes a container away before it ends itself; killing it meanwhile makes for more to do. */
  readonly retiringMs = 3_000;
  reserveBytes: number | undefined;
  limitsProcesses: boolean;
  private count = 0;
  /** Containers that are to be removed in this moment. */
  private doomed: string[] = [];
  private readonly removals = new Set<Promise<void>>();

  private constructor(
    private readonly podman: string,
    private readonly mark: string,
    readonly findings: Required<Pick<EngineFindings, 'runtime' | 'groups'>>,
    private readonly tools: Toolbox,
    readonly rootless: boolean,
    private readonly root: string,
    private readonly image: string | undefined,
    private readonly guard: ReturnType<typeof spawn>,
    private readonly surroundings: Surroundings,
  ) {
    this.limitsProcesses = findings.groups;
  }

  /** `known`: what an engine like this has found before. Throws when podman is not there or can't be used, and the signal's reason. */
  static async open(
    image: string | undefined,
    surroundings: Surroundings,
    known: Partial<EngineFindings>,
    signal: AbortSignal,
  ): Promise<PodmanEngine> {
    const podman = await findProgram('podman', surroundings['PATH']);
    if (podman === undefined) throw new Error('there is no podman');
    const rootless = process.getuid?.() !== 0;
    const tools = await Toolbox.open(false);
    const root = await mkdtemp(join(tmpdir(), 'openclaw-podman-'));
    await chmod(root, 0o755);
    const points = [
      SKILL_AT,
      WORKSPACE_AT,
      EGRESS_AT,
      '/proc',
      '/sys',
      '/dev',
      '/etc',
      '/run',
      '/tmp',
      dirname(RUNNER_AT),
    ];
    for (const point of points) await mkdir(join(root, point), { recursive: true, mode: 0o755 });
    try {
      const { runtime, groups } = known.runtime ? known : await findOut(podman, root, tools, rootless, signal);
      const mark = randomUUID().slice(0, 12);
      const guard = startGuard(podman, mark, root);
      const found = { runtime: runtime ?? [], groups: groups ?? false };
      return new PodmanEngine(podman, mark, found, tools, rootless, root, image, guard, surroundings);
    } catch (error) {
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  start(launch: Launch): Started {
    const { args: node, environment } = nodeArguments(launch, AT);
    const name = `openclaw-${this.mark}-${++this.count}`;
    const { limits, workspace, egress, shell } = launch;
    const uid = workspace?.uid ?? freshUid();
    const volume = (from: string, to: string, mode: string) => ['-v', `${from}:${to}:${mode}`];
    const args = [
      ...this.findings.runtime,
      'run',
      '--rm',
      '-i',
      `--name=${name}`,
      `--label=openclaw=${this.mark}`,
      '--network=none',
      '--ipc=none',
      '--read-only',
      '--read-only-tmpfs=false',
      '--cap-drop=all',
      '--security-opt=no-new-privileges',
      '--log-driver=none',
      '--no-hosts',
      '--hostname=skill',
      '--http-proxy=false',
      ...ULIMITS,
      `--timeout=${LONGEST_LIFE_SECONDS}`,
      ...(this.rootless ? [] : [`--user=${uid}:${uid}`]),
      ...(this.findings.groups
        ? [
            `--memory=${limits.memoryMb + 64}m`,
            `--memory-swap=${limits.memoryMb + 64}m`,
            `--pids-limit=${limits.processes}`,
          ]
        : []),
      ...this.tools.mounts().flatMap(([from, to]) => volume(from, to, 'ro')),
      ...volume(launch.folder, SKILL_AT, 'ro'),
      ...(egress === undefined ? [] : volume(egress, EGRESS_AT, 'ro')),
      ...(workspace ? volume(workspace.folder, WORKSPACE_AT, 'rw') : []),
      // By name alone, so that no secret stands in a list of processes; what podman itself goes by is given with its value.
      ...Object.entries(environment).map(
        ([variable, value]) => `--env=${OWN.has(variable) ? `${variable}=${value}` : variable}`,
      ),
      `--workdir=${SKILL_AT}`,
      // Only for who may use a shell: everybody else has no use for an image.
      ...(shell && this.image !== undefined ? ['--pull=never', '--entrypoint=', this.image] : ['--rootfs', this.root]),
      ...this.tools.command(
        limitArguments(launch, { reserveBytes: this.reserveBytes, limitsProcesses: false }),
        node,
        undefined,
      ),
    ];
    const own = Object.fromEntries(
      [...OWN].flatMap((variable) => {
        const value = this.surroundings[variable];
        return value === undefined ? [] : [[variable, value]];
      }),
    );
    const { podman: file, retiringMs } = this;
    return { file, args, environment: { ...environment, ...own }, retiringMs, kill: () => this.remove(name) };
  }

  async close(): Promise<void> {
    await Promise.all(this.removals);
    this.guard.stdin?.end(NOTHING_LEFT);
    await new Promise((resolve) => {
      if (this.guard.exitCode !== null || this.guard.signalCode !== null) resolve(undefined);
      else this.guard.once('exit', resolve);
    });
    await rm(this.root, { recursive: true, force: true });
  }

  /** Those of one moment together: each podman costs a good part of a second, and they wait for one another. */
  private remove(name: string): void {
    this.doomed.push(name);
    if (this.doomed.length > 1) return;
    const removal = new Promise<void>((resolve) => {
      setImmediate(() => {
        const names = this.doomed;
        this.doomed = [];
        const args = ['rm', '--force', '--ignore', '--time=0', ...names];
        execFile(this.podman, args, { timeout: PATIENCE_MS }, () => resolve());
      });
    });
    this.removals.add(removal);
    void removal.then(() => this.removals.delete(removal));
  }
}

/** Which runtime works here, and whether control groups can be used. */
async function findOut(podman: string, root: string, tools: Toolbox, rootless: boolean, signal: AbortSignal) {
  const about = ['info', '--format', '{{.Host.CgroupsVersion}} {{.Host.OCIRuntime.Name}}'];
  const { stdout } = await run(podman, about, { timeout: PATIENCE_MS, signal });
  const [cgroups = '', standard = ''] = stdout.trim().split(' ');
  const runtime = await workingRuntime(podman, root, tools, standard, signal);
  return { runtime, groups: !rootless || cgroups === 'v2' };
}

/** The one that podman takes by itself may not be able to run on this machine's control groups, and another one is. */
async function workingRuntime(
  podman: string,
  root: string,
  tools: Toolbox,
  standard: string,
  signal: AbortSignal,
): Promise<string[]> {
  const failures: string[] = [];
  const volumes = tools.mounts().flatMap(([from, to]) => ['-v', `${from}:${to}:ro`]);
  const command = tools.command(['--core=0'], ['--version'], undefined);
  const plain = ['run', '--rm', '--network=none', '--log-driver=none', ...ULIMITS, ...volumes, '--rootfs', root];
  for (const name of new Set([standard, 'crun', 'runc'])) {
    if (name !== standard && (await findProgram(name)) === undefined) continue;
    const runtime = name === '' ? [] : ['--runtime', name];
    try {
      await run(podman, [...runtime, ...plain, ...command], { timeout: PATIENCE_MS, signal });
      return runtime;
    } catch (error) {
      signal.throwIfAborted();
      const words = String((error as { stderr?: string }).stderr ?? error);
      failures.push(words.trim().split('\n').at(-1) ?? '');
    }
  }
  throw new Error(failures.join('; ').slice(0, 500));
}

const NOTHING_LEFT = 'nothing is left\n';

/**
 * Reads until the gateway says that nothing is left, or is gone, by whatever cause, since nobody holds the other end of its input any more; then
 * it removes what is.
 */
function startGuard(podman: string, mark: string, root: string) {
  const script = `read -r line && exit; "$0" rm --force --ignore --time=0 --filter "label=openclaw=$1"
    exec rm -rf --one-file-system "$2"`;
  return spawn('/bin/sh', ['-c', script, podman, mark, root], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
}
