import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Logger, type Skill, type SkillSource } from '@openclaw/core';
import { digestOf } from './file-tree.js';
import { PACKAGE_LIMITS } from './limits.js';
import { lookAt, readFolder } from './read-folder.js';
import { readManifest } from './read-manifest.js';

export interface SkillFolder {
  path: string;
  source: Exclude<SkillSource, 'registry'>;
}

interface Known {
  signature: string;
  skill: Skill | undefined;
}

/** Skills that lie in folders. A folder that has not changed is looked at, not read. */
export class LocalSkills {
  private readonly known = new Map<string, Known>();
  /** Where the skill of a digest was found last. */
  private readonly places = new Map<string, string>();

  constructor(
    private readonly folders: () => readonly SkillFolder[],
    private readonly logger: Logger,
  ) {}

  async list(): Promise<Skill[]> {
    const found: Skill[] = [];
    for (const { path, source } of this.folders()) {
      for (const folder of await this.within(path)) {
        const skill = await this.read(folder, source);
        if (skill) found.push(skill);
      }
    }
    return found;
  }

  placeOf(digest: string): string | undefined {
    return this.places.get(digest);
  }

  /** The folder itself where it is a skill, else those of its subfolders that are. */
  private async within(path: string): Promise<string[]> {
    try {
      if (await isSkill(path)) return [path];
      const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
      const folders: string[] = [];
      for (const name of names) if (await isSkill(join(path, name))) folders.push(join(path, name));
      return folders;
    } catch (error) {
      this.report(path, error);
      return [];
    }
  }

  private async read(folder: string, source: SkillFolder['source']): Promise<Skill | undefined> {
    try {
      const look = await lookAt(folder, PACKAGE_LIMITS);
      const before = this.known.get(folder);
      if (before?.signature === look.signature) return before.skill;
      this.known.set(folder, { signature: look.signature, skill: undefined });
      const tree = await readFolder(folder, look);
      const { mtime } = await stat(join(folder, 'SKILL.md'));
      const digest = digestOf(tree);
      const skill: Skill = { manifest: readManifest(tree, basename(folder)), source, digest, installedAt: mtime };
      this.known.set(folder, { signature: look.signature, skill });
      this.places.set(digest, folder);
      return skill;
    } catch (error) {
      this.report(folder, error);
      return undefined;
    }
  }

  /** Once for each state of the folder: `known` keeps the rest quiet. */
  private report(folder: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.reported.get(folder) === reason) return;
    this.reported.set(folder, reason);
    this.logger.warn('a skill in a folder is left out', { folder, reason });
  }

  private readonly reported = new Map<string, string>();
}

async function isSkill(folder: string): Promise<boolean> {
  try {
    return (await stat(join(folder, 'SKILL.md'))).isFile();
  } catch {
    return false;
  }
}
