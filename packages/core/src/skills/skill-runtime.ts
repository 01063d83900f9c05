import type { SkillManifest, SkillTool } from './skill.js';
import type { OwnSkillSettings } from './skill-settings.js';

/** What keeps skills apart from the gateway, as it was found by trying. */
export interface SkillEngine {
  /** Null: there is none. `unisolated`: the operator lets skills run without one. */
  name: 'podman' | 'bubblewrap' | 'unisolated' | null;
  rootless: boolean;
  /** What the self-test has seen to hold, in words. */
  enforced: string[];
  /** Whether skills that ask for a shell can be run; if not, why. */
  shell: { available: true } | { available: false; reason: string };
  /** Why there is no engine. */
  reason?: string;
}

/** A skill that is to be run, with everything that is needed for it. */
export interface RunnableSkill {
  manifest: SkillManifest;
  digest: string;
  /** Its files, checked a moment ago. */
  folder: string;
  settings: OwnSkillSettings;
  /** For whom; decides about the workspace. */
  tenant: string;
}

export interface SkillCall {
  args: unknown;
  /** Of an `mcp` skill. */
  tool?: string;
  /** The conversation in which it was called, if any. */
  session?: string;
}

/** Runs the code of skills, apart from the gateway and from each other. */
export abstract class SkillRuntime {
  /** The engine in use; looked for at the first call. */
  abstract engine(): Promise<SkillEngine>;

  /**
   * Runs the skill once; gives what it returned, a JSON value. Throws `SkillFailed` with the skill's own words, or for a limit that it
   * broke; `Unavailable` when there is no engine or too much to do; and the signal's reason, after it has been killed.
   */
  abstract run(skill: RunnableSkill, call: SkillCall, signal: AbortSignal): Promise<unknown>;

  /** Asks an `mcp` skill for its tools. Throws like `run`. */
  abstract tools(skill: RunnableSkill, signal: AbortSignal): Promise<SkillTool[]>;

  /** Kills whatever still runs; resolves when nothing is left. */
  abstract close(): Promise<void>;
}
