import type { SkillPermission } from './skill.js';

/** Which permissions may be granted at all: for each the names of skills, `*` standing for any characters. */
export type SkillPolicy = Record<SkillPermission, readonly string[]> & {
  /** Which skills may be there at all. */
  allow: readonly string[];
};

export interface SkillLimits {
  timeoutMs: number;
  memoryMb: number;
  /** Everything that it writes, its result included. */
  outputBytes: number;
  processes: number;
  /** Of the tenant's folder. */
  workspaceBytes: number;
}

/** What the operator has set for one skill. */
export interface OwnSkillSettings {
  enabled: boolean;
  /** `host`, `host:port`, `*.domain`. */
  allowedHosts: readonly string[];
  allowPrivateNetworks: boolean;
  config: Record<string, unknown>;
  secrets: Record<string, string>;
  limits: SkillLimits;
}

export interface SkillSettings {
  policy: SkillPolicy;
  of(name: string): OwnSkillSettings;
}
