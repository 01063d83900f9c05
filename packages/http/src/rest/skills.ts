import type { SkillExecuted, SkillInfo, SkillList } from '@openclaw/contracts';
import type { SkillResult, SkillState } from '@openclaw/core';
import { success } from './dialect-d.js';

export function skillInfo({ skill, enabled, status, reason, use }: SkillState): SkillInfo {
  const { manifest, source, installedAt } = skill;
  return {
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    status,
    enabled,
    permissions: manifest.permissions,
    installed_at: installedAt.toISOString(),
    last_used: use?.lastUsed.toISOString() ?? null,
    invocations: use?.invocations ?? 0,
    source,
    kind: manifest.kind,
    ...(status === 'refused' && reason !== undefined && { reason }),
    ...(skill.package && { package: skill.package.name, integrity: skill.package.integrity }),
  };
}

/** One body for two documents: B's members, and D's under `data`. */
export function skillList(states: SkillState[]): SkillList {
  const skills = states.map(skillInfo);
  return { skills, total: skills.length, ...success({ skills }) };
}

export function skillExecuted({ result, seconds }: SkillResult): SkillExecuted {
  return success({ result, executionTime: seconds });
}
