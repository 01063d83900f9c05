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
  reserveBytes: number | undefined;
  limitsProcesses: boolean;
  private readonly mark = randomUUID().slice(0, 12);
  private count = 0;
  private readonly removals = new Set<Promise<void>>();

  private constructor(
    private readonly podman: string,
    private readonly runtime: string[],
    private readonly tools: Toolbox,
    readonly rootless: boolean,
    /** Whether the limits are those of a control group rather than of each process. */
    private readonly groups: boolean,
    private readonly root: string,
    private readonly image: string | undefined,
    private readonly guard: ReturnType<typeof spawn>,
    private readonly surroundings: Surroundings,
  ) {
    this.limitsProcesses = groups;
  }

  /** Throws when podman is not there or can't be used. */
  static async open(image: string | undefined, surroundings: Surroundings): Promise<PodmanEngine> {
    const podman = await findProgram('podman', surroundings['PATH']);
    if (podman === undefined) throw new Error('there is no podman');
    const rootless = process.getuid?.() !== 0;
    const tools = await Toolbox.open(false);
    const { stdout } = await run(podman, ['info', '--format', '{{.Host.CgroupsVersion}} {{.Host.OCIRuntime.Name}}'], {
      timeout: PATIENCE_MS,
    });
    const [cgroups = '', standard = ''] = stdout.trim().split(' ');
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
    const runtime = await PodmanEngine.workingRuntime(podman, root, tools, standard);
    const mark = randomUUID().slice(0, 12);
    const guard = startGuard(podman, mark);
    const engine = new PodmanEngine(
      podman,
      runtime,
      tools,
      rootless,
      !rootless || cgroups === 'v2',
      root,
      image,
      guard,
      surroundings,
    );
    Object.assign(engine, { mark });
    return engine;
  }

  /** The one that podman takes by itself may not be able to run on this machine's control groups, and another one is. */
  private static async workingRuntime(
    podman: string,
    root: string,
    tools: Toolbox,
    standard: string,
  ): Promise<string[]> {
    const failures: string[] = [];
    for (const name of new Set([standard, 'crun', 'runc'])) {
      if (name !== standard && (await findProgram(name)) === undefined) continue;
      const runtime = name === '' ? [] : ['--runtime', name];
      const volumes = tools.mounts().flatMap(([from, to]) => ['-v', `${from}:${to}:ro`]);
      const command = tools.command(['--core=0'], ['--version'], undefined);
      const args = [
        ...runtime,
        'run',
        '--rm',
        '--network=none',
        '--log-driver=none',
        ...ULIMITS,
        ...volumes,
        '--rootfs',
        root,
        ...command,
      ];
      try {
        await run(podman, args, { timeout: PATIENCE_MS });
        return runtime;
      } catch (error) {
        failures.push(
          String((error as { stderr?: string }).stderr ?? error)
            .trim()
            .split('\n')
            .at(-1) ?? '',
        );
      }
    }
    await rm(root, { recursive: true, force: true });
    throw new Error(failures.join('; ').slice(0, 500));
  }

  start(launch: Launch): Started {
    const { args: node, environment } = nodeArguments(launch, AT);
    const name = `openclaw-${this.mark}-${++this.count}`;
    const { limits, workspace, egress, shell } = launch;
    const uid = workspace?.uid ?? freshUid();
    const volume = (from: string, to: string, mode: string) => ['-v', `${from}:${to}:${mode}`];
    const args = [
      ...this.runtime,
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
      ...(this.groups
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
      ...(shell && this.image !== undefined ? ['--entrypoint=', this.image] : ['--rootfs', this.root]),
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
    return { file: this.podman, args, environment: { ...environment, ...own }, kill: () => this.remove(name) };
  }

  async close(): Promise<void> {
    await Promise.all(this.removals);
    this.guard.stdin?.end();
    await new Promise((resolve) => {
      if (this.guard.exitCode !== null || this.guard.signalCode !== null) resolve(undefined);
      else this.guard.once('exit', resolve);
    });
    await rm(this.root, { recursive: true, force: true });
  }

  private remove(name: string): void {
    const removal = new Promise<void>((resolve) => {
      execFile(this.podman, ['rm', '--force', '--ignore', '--time=0', name], { timeout: PATIENCE_MS }, () => resolve());
    });
    this.removals.add(removal);
    void removal.then(() => this.removals.delete(removal));
  }
}

/** Ends when the gateway does, by whatever cause, since nobody holds the other end of its input any more; and then removes what is left. */
function startGuard(podman: string, mark: string) {
  const script = 'cat >/dev/null; exec "$0" rm --force --ignore --time=0 --filter "label=openclaw=$1"';
  return spawn('/bin/sh', ['-c', script, podman, mark], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
}
