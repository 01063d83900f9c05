import type { Skill, SkillUse } from './skill.js';

/** Keeps what was installed from the registry, for all replicas, and how often each skill was used. Skills are the gateway's, uses a tenant's. */
export abstract class SkillStore {
  /** By name. */
  abstract list(): Promise<Skill[]>;

  /** The packed file of exactly this digest. */
  abstract packed(name: string, digest: string): Promise<Uint8Array | undefined>;

  /** Installs the skill, in place of another version of it; all of it or nothing. */
  abstract save(skill: Skill, packed: Uint8Array): Promise<void>;

  /** False when there was none of that name. */
  abstract remove(name: string): Promise<boolean>;

  abstract countUse(tenant: string, name: string, at: Date): Promise<void>;

  /** By the skill's name. */
  abstract uses(tenant: string): Promise<Map<string, SkillUse>>;
}
