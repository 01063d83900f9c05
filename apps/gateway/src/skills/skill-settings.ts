import type { OwnSkillSettings, SkillSettings } from '@openclaw/core';
import type { GatewayConfig } from '../config/index.js';
import type { SkillsValues } from '../config/schema/skills.js';
import { sizeInBytes } from '../config/schema/values.js';

type OwnValues = SkillsValues[string & keyof never];

/** What the configuration says of skills, in the words of the use cases. */
export function skillSettings({ skills }: GatewayConfig): SkillSettings {
  return { policy: skills.policy, of: (name) => ownSettings(skills, name) };
}

/** All secrets that skills are given, and the registry's. */
export function skillSecrets({ skills }: GatewayConfig): string[] {
  const own = Object.values(skills).flatMap((value) =>
    typeof value === 'object' && 'secrets' in value ? Object.values(value.secrets as Record<string, string>) : [],
  );
  return skills.token === undefined ? own : [...own, skills.token];
}

function ownSettings(skills: GatewayConfig['skills'], name: string): OwnSkillSettings {
  // A name that is a key of the configuration's own is nobody's: see `RESERVED_SKILL_NAMES`.
  const own = (Object.hasOwn(skills, name) ? skills[name] : undefined) as OwnValues | undefined;
  const { limits } = skills;
  const given = own?.limits;
  return {
    enabled: own?.enabled ?? true,
    allowedHosts: own?.allowedHosts ?? [],
    allowPrivateNetworks: own?.allowPrivateNetworks ?? false,
    config: own?.config ?? {},
    secrets: own?.secrets ?? {},
    limits: {
      timeoutMs: given?.timeoutMs ?? limits.timeoutMs,
      memoryMb: given?.memoryMb ?? limits.memoryMb,
      outputBytes: sizeInBytes(given?.output ?? limits.output),
      processes: given?.processes ?? limits.processes,
      workspaceBytes: sizeInBytes(given?.workspace ?? limits.workspace),
    },
  };
}
