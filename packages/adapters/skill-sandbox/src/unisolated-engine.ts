import { join } from 'node:path';
import { type Engine, EGRESS_AT, type Launch, nodeArguments, type Started } from './launch.js';
import { RUNNER_FOLDER } from './toolbox.js';

/**
 * No isolation: Node's permissions keep honest skills from mistakes, and nothing keeps others from the network or from the gateway's
 * processes. Only for operators who have asked for it by `skills.unisolated`.
 */
export class UnisolatedEngine implements Engine {
  readonly name = 'unisolated';
  readonly rootless = process.getuid?.() !== 0;
  reserveBytes: number | undefined;
  limitsProcesses = false;
  readonly retiringMs = 200;
  readonly findings = {};

  start(launch: Launch): Started {
    const { folder, workspace, egress } = launch;
    const at = {
      skill: folder,
      runner: RUNNER_FOLDER,
      workspace: workspace?.folder ?? '',
      egress: egress ?? EGRESS_AT,
    };
    const { args, environment } = nodeArguments(
      { ...launch, shell: false, ...(egress !== undefined && { egress: join(egress) }) },
      at,
    );
    return { file: process.execPath, args, environment, retiringMs: this.retiringMs };
  }

  async close(): Promise<void> {}
}
