import type { SkillManifest, SkillPackage } from './skill.js';

/** A skill as it was fetched: read and checked, not yet installed. */
export interface FetchedSkill {
  manifest: SkillManifest;
  digest: string;
  package: SkillPackage;
  /** The packed file, as the registry has it. */
  packed: Uint8Array;
}

/** Where skills are installed from. */
export abstract class SkillRegistry {
  /**
   * Fetches a package, the newest version unless one is named. Throws `NotFound`, `Unavailable` when there is no registry or it does not
   * answer, `SkillFailed` for a package that is broken or breaks a limit. Nothing of it is run.
   */
  abstract fetch(name: string, version: string | undefined, signal: AbortSignal): Promise<FetchedSkill>;
}
