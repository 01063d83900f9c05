import type { Skill } from './skill.js';

/** The files of skills on this machine. */
export abstract class SkillShelf {
  /** The skills in the operator's folders and those that come with the gateway; what can't be read is left out and logged. */
  abstract local(): Promise<Skill[]>;

  /**
   * The folder with the skill's files, which were compared with its digest at this call. `packed` is asked for what this machine lacks.
   * Throws `SkillFailed` when the files are not those of the digest.
   */
  abstract folder(skill: Skill, packed: () => Promise<Uint8Array | undefined>): Promise<string>;

  /** The text of one of the skill's files. Throws `InvalidInput` for what is no text file of the skill. */
  abstract text(folder: string, file: string): Promise<string>;
}
