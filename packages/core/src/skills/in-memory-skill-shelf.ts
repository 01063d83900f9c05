import { InvalidInput, SkillFailed } from '../shared/errors.js';
import { SkillShelf } from './skill-shelf.js';
import type { Skill } from './skill.js';

export class InMemorySkillShelf extends SkillShelf {
  readonly skills: Skill[] = [];
  /** By path, of every skill. */
  readonly texts = new Map<string, string>();

  async local(): Promise<Skill[]> {
    return [...this.skills];
  }

  async folder(skill: Skill, packed: () => Promise<Uint8Array | undefined>): Promise<string> {
    if (skill.source === 'registry' && !(await packed())) throw new SkillFailed('It is not installed any more');
    return `/skills/${skill.digest}`;
  }

  async text(_folder: string, file: string): Promise<string> {
    const text = this.texts.get(file);
    if (text === undefined) throw InvalidInput.field('file', `the skill has no file "${file}"`);
    return text;
  }
}
