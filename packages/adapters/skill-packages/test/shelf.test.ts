import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Skill } from '@openclaw/core';
import { InMemoryLogger, storedSkill } from '@openclaw/core/testing';
import { FileSkillShelf } from '@openclaw/adapter-skill-packages';
import { digestOf } from '../src/file-tree.js';
import { PACKAGE_LIMITS } from '../src/limits.js';
import { unpack } from '../src/unpack.js';
import { packedSkill, skillMd, tarball } from './tarball.js';

let home: string;
let own: string;
let shelf: FileSkillShelf;
let logger: InMemoryLogger;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'openclaw-shelf-'));
  own = join(home, 'own');
  mkdirSync(own);
  logger = new InMemoryLogger();
  shelf = new FileSkillShelf(join(home, 'skills'), () => [{ path: own, source: 'folder' }], logger);
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

async function installed(packed: Buffer): Promise<Skill> {
  return storedSkill('weather', '1.0.0', { digest: digestOf(await unpack(packed, PACKAGE_LIMITS)) });
}

function write(path: string, text: string): void {
  mkdirSync(join(own, path, '..'), { recursive: true });
  writeFileSync(join(own, path), text);
}

describe('installed skills', () => {
  it('are unpacked once, whatever their modes, and found again by the next process', async () => {
    const packed = tarball([
      { path: 'package/SKILL.md', content: skillMd('weather'), mode: 0o4777 },
      { path: 'package/bin/x', content: '#!', mode: 0o4755 },
    ]);
    const skill = await installed(packed);
    let asked = 0;
    const fetch = async () => (asked++, packed);
    const folder = await shelf.folder(skill, fetch);
    expect(await shelf.folder(skill, fetch)).toBe(folder);
    expect(await new FileSkillShelf(join(home, 'skills'), () => [], logger).folder(skill, fetch)).toBe(folder);
    expect(asked).toBe(1);
    expect(statSync(join(folder, 'bin/x')).mode & 0o7777).toBe(0o644);
    expect(statSync(join(folder, 'bin')).mode & 0o7777).toBe(0o755);
  });

  it('are unpacked once for many who ask at the same time', async () => {
    const packed = packedSkill({ 'SKILL.md': skillMd('weather') });
    const skill = await installed(packed);
    const folders = await Promise.all(Array.from({ length: 10 }, () => shelf.folder(skill, async () => packed)));
    expect(new Set(folders).size).toBe(1);
    expect(readdirSync(join(home, 'skills'))).toHaveLength(1);
  });

  it.each<[string, (folder: string) => void]>([
    ['a file is changed', (folder) => writeFileSync(join(folder, 'index.js'), 'steal()')],
    [
      'a file is changed and looks as old as before',
      (folder) => {
        const { mtime } = statSync(join(folder, 'index.js'));
        writeFileSync(join(folder, 'index.js'), 'export let x');
        utimesSync(join(folder, 'index.js'), mtime, mtime);
      },
    ],
    ['a file is added', (folder) => writeFileSync(join(folder, 'extra.js'), '')],
    ['a file is removed', (folder) => rmSync(join(folder, 'index.js'))],
  ])('are not run from a folder in which %s: they are unpacked anew', async (_, tamper) => {
    const packed = packedSkill({ 'SKILL.md': skillMd('weather'), 'index.js': 'export let a' });
    const skill = await installed(packed);
    const folder = await shelf.folder(skill, async () => packed);
    tamper(folder);
    const anew = await shelf.folder(skill, async () => packed);
    expect(anew).not.toBe(folder);
    expect(readFileSync(join(anew, 'index.js'), 'utf8')).toBe('export let a');
    expect(logger.query({ level: 'error' }).logs[0]?.message).toMatch(/were changed after/);
  });

  it('are refused when what the database has is something else', async () => {
    const skill = await installed(packedSkill({ 'SKILL.md': skillMd('weather') }));
    const other = packedSkill({ 'SKILL.md': skillMd('weather'), 'evil.js': '' });
    await expect(shelf.folder(skill, async () => other)).rejects.toThrow(/not those that were installed/);
    await expect(shelf.folder(skill, async () => undefined)).rejects.toThrow(/not installed any more/);
  });
});

describe('skills in folders', () => {
  it('are those of the subfolders, and change with their files', async () => {
    write('tides/SKILL.md', skillMd('tides'));
    write('notes.txt', 'no skill');
    write('other/README.md', 'no skill');
    const [before] = await shelf.local();
    expect(before).toMatchObject({ source: 'folder', manifest: { name: 'tides', kind: 'instructions' } });
    write('tides/references/table.md', '| 1 | 2 |');
    const [after] = await shelf.local();
    expect(after?.digest).not.toBe(before?.digest);
    const folder = await shelf.folder(after as Skill, () => Promise.reject(new Error('never')));
    expect(await shelf.text(folder, 'references/table.md')).toBe('| 1 | 2 |');
    for (const path of ['../../own/notes.txt', '/etc/passwd', 'references', 'none.md'])
      await expect(shelf.text(folder, path)).rejects.toThrow(/no file/);
  });

  it('are left out, and named in the log once, when they can not be read', async () => {
    write('good/SKILL.md', skillMd('good'));
    write('bad/SKILL.md', 'no frontmatter');
    for (let look = 0; look < 3; look++)
      expect((await shelf.local()).map(({ manifest }) => manifest.name)).toEqual(['good']);
    expect(logger.query({ level: 'warn' }).logs).toMatchObject([
      { reason: 'SKILL.md has no frontmatter between lines of ---' },
    ]);
  });

  it('may be a single one, or none', async () => {
    write('tides/SKILL.md', skillMd('tides'));
    const single = new FileSkillShelf(join(home, 'x'), () => [{ path: join(own, 'tides'), source: 'folder' }], logger);
    expect(await single.local()).toHaveLength(1);
    const nowhere = new FileSkillShelf(
      join(home, 'x'),
      () => [{ path: join(home, 'nowhere'), source: 'folder' }],
      logger,
    );
    expect(await nowhere.local()).toEqual([]);
    chmodSync(own, 0o755);
  });
});
