import { Conflict } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { SkillCatalog } from './skill-catalog.js';
import type { SkillStore } from './skill-store.js';

/** Takes an installed skill away. */
export class RemoveSkill {
  constructor(
    private readonly store: Pick<SkillStore, 'remove'>,
    private readonly catalog: Pick<SkillCatalog, 'find' | 'changed'>,
    private readonly logger: Logger,
  ) {}

  /** Throws `NotFound`, and `Conflict` for a skill that lies in a folder of the operator's or came with the gateway. */
  async execute(name: string, by: string): Promise<void> {
    if (!(await this.store.remove(name))) {
      const { source } = await this.catalog.find(name);
      if (source === 'registry') return;
      const where = source === 'folder' ? 'lies in a folder of skills.dirs' : 'comes with the gateway';
      throw new Conflict(`The skill "${name}" ${where}; switch it off with skills.${name}.enabled: false`);
    }
    this.catalog.changed();
    this.logger.info('skill removed', { skill: name, by });
  }
}
