import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isUtf8 } from 'node:buffer';
import { InvalidInput, type Logger, type Skill, SkillFailed, SkillShelf } from '@openclaw/core';
import { digestOf, type FileTree } from './file-tree.js';
import { PACKAGE_LIMITS } from './limits.js';
import { LocalSkills, type SkillFolder } from './local-skills.js';
import { lookAt, readFolder } from './read-folder.js';
import { unpack } from './unpack.js';

const LONGEST_TEXT = 256 * 1024;
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Keeps the files of each skill in a folder named by their digest, so that what runs is what was looked at. Before every use the folder is
 * compared: by the look of its files with when they were last read, and where that differs by their contents.
 */
export class FileSkillShelf extends SkillShelf {
  private readonly localSkills: LocalSkills;
  /** By digest: the folder that was found to be right, and how it looked then. */
  private readonly proven = new Map<string, { folder: string; signature: string }>();
  private readonly placing = new Map<string, Promise<string>>();
  private tidied: Promise<void> | undefined;

  constructor(
    /** Ours alone; made when it is needed. */
    private readonly root: string,
    folders: () => readonly SkillFolder[],
    private readonly logger: Logger,
  ) {
    super();
    this.localSkills = new LocalSkills(folders, logger);
  }

  local(): Promise<Skill[]> {
    return this.localSkills.list();
  }

  async folder(skill: Skill, packed: () => Promise<Uint8Array | undefined>): Promise<string> {
    const known = this.proven.get(skill.digest);
    if (known && (await this.looksLike(known))) return known.folder;
    let placing = this.placing.get(skill.digest);
    if (!placing) {
      placing = this.place(skill, packed).finally(() => this.placing.delete(skill.digest));
      this.placing.set(skill.digest, placing);
    }
    return placing;
  }

  async text(folder: string, file: string): Promise<string> {
    const { files } = await lookAt(folder, PACKAGE_LIMITS);
    const path = file.replace(/^\.\//, '');
    if (!files.includes(path))
      throw InvalidInput.field('file', `the skill has no file ${JSON.stringify(file.slice(0, 100))}`);
    const content = await readFile(join(folder, path));
    if (content.length <= LONGEST_TEXT && isUtf8(content) && !content.includes(0)) return content.toString('utf8');
    throw InvalidInput.field('file', `${JSON.stringify(path)} is not a text of at most ${LONGEST_TEXT} bytes`);
  }

  private async looksLike({ folder, signature }: { folder: string; signature: string }): Promise<boolean> {
    try {
      return (await lookAt(folder, PACKAGE_LIMITS)).signature === signature;
    } catch {
      return false;
    }
  }

  private async place(skill: Skill, packed: () => Promise<Uint8Array | undefined>): Promise<string> {
    const { digest, manifest } = skill;
    this.tidied ??= this.tidy();
    await this.tidied;
    const there = await this.existing(digest);
    if (there !== undefined) return there;
    const tree = await this.treeOf(skill, packed);
    if (digestOf(tree) !== digest)
      throw new SkillFailed(`The files of the skill "${manifest.name}" are not those that were installed`);
    const folder = join(this.root, `${digest}-${randomUUID().slice(0, 8)}`);
    const draft = `${folder}.draft`;
    await write(tree, draft);
    await rename(draft, folder);
    this.proven.set(digest, { folder, signature: (await lookAt(folder, PACKAGE_LIMITS)).signature });
    return folder;
  }

  /** A folder of an earlier process, or one whose look has changed, if its contents are right. */
  private async existing(digest: string): Promise<string | undefined> {
    for (const name of await readdir(this.root)) {
      if (!name.startsWith(`${digest}-`) || name.endsWith('.draft')) continue;
      const folder = join(this.root, name);
      try {
        const look = await lookAt(folder, PACKAGE_LIMITS);
        if (digestOf(await readFolder(folder, look)) === digest) {
          this.proven.set(digest, { folder, signature: look.signature });
          return folder;
        }
      } catch (error) {
        this.logger.debug('a folder of a skill could not be read', { folder, error });
      }
      this.logger.error('the files of a skill were changed after it was installed; they are not used', { folder });
      await rm(folder, { recursive: true, force: true });
    }
    return undefined;
  }

  /** Once in a process: away with what was begun and not finished, and with what is old, which is unpacked again if anybody needs it. */
  private async tidy(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o755 });
    for (const name of await readdir(this.root)) {
      const folder = join(this.root, name);
      const { mtimeMs } = await stat(folder);
      if (name.endsWith('.draft') || Date.now() - mtimeMs > KEPT_MS) await rm(folder, { recursive: true, force: true });
    }
  }

  private async treeOf(skill: Skill, packed: () => Promise<Uint8Array | undefined>): Promise<FileTree> {
    const place = this.localSkills.placeOf(skill.digest);
    if (skill.source !== 'registry' && place !== undefined)
      return readFolder(place, await lookAt(place, PACKAGE_LIMITS));
    const file = await packed();
    if (!file) throw new SkillFailed(`The skill "${skill.manifest.name}" is not installed any more`);
    return unpack(file, PACKAGE_LIMITS);
  }
}

async function write(tree: FileTree, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const [path, content] of tree) {
    const target = join(folder, ...path.split('/'));
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await writeFile(target, content, { mode: 0o644, flag: 'wx' });
  }
}
