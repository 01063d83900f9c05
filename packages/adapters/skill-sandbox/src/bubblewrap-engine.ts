import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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

const AT = { skill: SKILL_AT, runner: RUNNER_AT, workspace: WORKSPACE_AT, egress: EGRESS_AT };

/**
 * Linux namespaces by bubblewrap: the process sees Node, its own files and nothing else; no network, no other process, no /proc. It dies with
 * the gateway, however that ends. A gateway that runs as root starts each one as a user of its own.
 */
export class BubblewrapEngine implements Engine {
  readonly name = 'bubblewrap';
  reserveBytes: number | undefined;
  limitsProcesses = true;
  readonly retiringMs = 200;
  readonly findings = {};

  private constructor(
    private readonly bwrap: string,
    private readonly tools: Toolbox,
    readonly rootless: boolean,
    private readonly image: string | undefined,
  ) {}

  /** `image`: a folder with the file system that skills with a shell get to see. Throws when something is not there. */
  static async open(image: string | undefined, surroundings: Surroundings): Promise<BubblewrapEngine> {
    const bwrap = await findProgram('bwrap', surroundings['PATH']);
    if (bwrap === undefined) throw new Error('there is no bwrap (package bubblewrap)');
    const root = process.getuid?.() === 0;
    return new BubblewrapEngine(bwrap, await Toolbox.open(root), !root, image);
  }

  start(launch: Launch): Started {
    const { args: node, environment } = nodeArguments(launch, AT);
    const uid = this.rootless ? undefined : (launch.workspace?.uid ?? freshUid());
    const args = [
      ...(this.rootless ? ['--unshare-user'] : []),
      '--unshare-pid',
      '--unshare-net',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
      '--hostname',
      'skill',
      '--die-with-parent',
      '--new-session',
      ...this.imageMounts(launch),
      ...[...this.tools.folders(), '/dev'].flatMap((folder) => ['--perms', '0755', '--dir', folder]),
      ...this.tools.mounts().flatMap(([from, to]) => ['--ro-bind', from, to]),
      '--ro-bind',
      launch.folder,
      SKILL_AT,
      ...(launch.egress === undefined ? [] : ['--ro-bind', launch.egress, EGRESS_AT]),
      ...(launch.workspace ? ['--bind', launch.workspace.folder, WORKSPACE_AT] : []),
      ...['/dev/null', '/dev/urandom'].flatMap((device) => ['--dev-bind', device, device]),
      '--remount-ro',
      '/',
      '--chdir',
      SKILL_AT,
      '--',
      ...this.tools.command(limitArguments(launch, this), node, uid),
    ];
    return { file: this.bwrap, args, environment, retiringMs: this.retiringMs };
  }

  async close(): Promise<void> {}

  /** Only for who may use a shell: everybody else has no use for one. */
  private imageMounts({ shell }: Launch): string[] {
    const { image } = this;
    if (!shell || image === undefined) return [];
    const hidden = new Set([
      'proc',
      'sys',
      'dev',
      'openclaw',
      SKILL_AT.slice(1),
      WORKSPACE_AT.slice(1),
      EGRESS_AT.slice(1),
    ]);
    const folders = readdirSync(image).filter((name) => !hidden.has(name));
    return folders.flatMap((name) => ['--ro-bind', join(image, name), `/${name}`]);
  }
}
