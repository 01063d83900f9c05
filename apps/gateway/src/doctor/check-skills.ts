import { SandboxSkillRuntime } from '@openclaw/adapter-skill-sandbox';
import type { Logger } from '@openclaw/core';
import { join } from 'node:path';
import type { ConfigOptions, GatewayConfig } from '../config/index.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** Tries what isolates skills, as a gateway does after its start. */
export async function checkSkills(
  { skills, home }: GatewayConfig,
  surroundings: ConfigOptions['environment'],
  logger: Logger,
): Promise<Finding> {
  const { engine, image, unisolated, warm, concurrent } = skills;
  if (engine === 'none' && !unisolated) return ok('skills', 'those with code are switched off (skills.engine)');
  const settings = { engine, image, unisolated, warm, concurrent, surroundings };
  const runtime = new SandboxSkillRuntime(() => settings, join(home, 'workspaces'), logger);
  try {
    const { name, rootless, enforced, shell, reason } = await runtime.engine();
    if (name === 'unisolated')
      return fail(
        'skills',
        `run without isolation: ${reason}`,
        'Install bubblewrap or podman, and take skills.unisolated away.',
      );
    if (name === null)
      return warn(
        'skills',
        `those with code are refused: ${reason}`,
        'Install bubblewrap or podman; in a container, allow user namespaces.',
      );
    const about = `isolated by ${name}${rootless ? ', rootless' : ''}; enforced: ${enforced.join(', ')}`;
    return ok('skills', shell.available || image === undefined ? about : `${about}; no shell: ${shell.reason}`);
  } finally {
    await runtime.close();
  }
}
