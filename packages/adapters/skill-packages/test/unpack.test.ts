import { describe, expect, it } from '@jest/globals';
import { SkillFailed } from '@openclaw/core';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../src/file-tree.js';
import { PACKAGE_LIMITS } from '../src/limits.js';
import { unpack } from '../src/unpack.js';
import { type Entry, packedSkill, skillMd, tarball } from './tarball.js';

const SMALL = { packedBytes: 10_000, unpackedBytes: 5_000_000, files: 5, ratio: 200 };
const file = (path: string, content = 'x'): Entry => ({ path, content });

describe('unpacking', () => {
  it('gives the files of a package', async () => {
    const tree = await unpack(packedSkill({ 'SKILL.md': skillMd('weather'), 'lib/a.js': 'export {}' }), PACKAGE_LIMITS);
    expect([...tree.keys()]).toEqual(['package.json', 'SKILL.md', 'lib/a.js']);
    expect(tree.get('lib/a.js')?.toString()).toBe('export {}');
  });

  it('comes to the same digest whatever the order and the modes of the files', async () => {
    const one = await unpack(tarball([file('package/a'), { ...file('package/b'), mode: 0o4777 }]), PACKAGE_LIMITS);
    const two = await unpack(tarball([file('package/b'), file('package/a')]), PACKAGE_LIMITS);
    const other = await unpack(tarball([file('package/b'), file('package/a', 'y')]), PACKAGE_LIMITS);
    expect(digestOf(one)).toBe(digestOf(two));
    expect(digestOf(one)).not.toBe(digestOf(other));
  });

  it.each<[string, Entry[], RegExp]>([
    ['a path out of the folder', [file('package/../../evil.js')], /unsafe path/],
    ['a path out of the package', [file('../evil.js')], /unsafe path/],
    ['an absolute path', [file('/etc/cron.d/evil')], /unsafe path/],
    ['a path of another system', [file('package/a\\..\\evil')], /unsafe path/],
    ['a drive', [file('package/C:evil')], /unsafe path/],
    ['control characters', [file('package/a\nb')], /unsafe path/],
    ['a symbolic link', [{ path: 'package/SKILL.md', type: '2', link: '/etc/passwd' }], /SymbolicLink/],
    ['a hard link', [{ path: 'package/x', type: '1', link: 'package/../../../etc/passwd' }], /Link/],
    ['a device', [{ path: 'package/x', type: '3' }], /CharacterDevice/],
    ['a pipe', [{ path: 'package/x', type: '6' }], /FIFO/],
    ['the same file twice', [file('package/a'), file('package/a', 'other')], /same path/],
    ['files that are the same elsewhere', [file('package/README'), file('package/readme')], /same path/],
    ['a file that is a folder too', [file('package/a'), file('package/a/b')], /a file and a folder/],
    ['too many files', Array.from({ length: 6 }, (_, no) => file(`package/${no}`)), /more than 5 files/],
  ])('refuses %s', async (_, entries, why) => {
    await expect(unpack(tarball(entries), SMALL)).rejects.toThrow(why);
    await expect(unpack(tarball(entries), SMALL)).rejects.toBeInstanceOf(SkillFailed);
  });

  it('refuses a bomb, without unpacking it', async () => {
    const bomb = tarball([file('package/zeros', '0'.repeat(30_000_000))]);
    expect(bomb.length).toBeLessThan(40_000);
    await expect(unpack(bomb, PACKAGE_LIMITS)).rejects.toThrow(/unpacks to more than/);
    const nested = gzipSync(gzipSync(Buffer.alloc(30_000_000)));
    await expect(unpack(nested, PACKAGE_LIMITS)).rejects.toThrow(/packed more than once/);
  });

  it.each<[string, Buffer]>([
    ['no gzip', Buffer.from('hello')],
    ['no tar', gzipSync(Buffer.from('hello'.repeat(1_000)))],
    ['a package that is cut off', packedSkill({ 'SKILL.md': skillMd('weather') }).subarray(0, 100)],
    ['a tar that is cut off', tarball([{ path: 'package/a', content: 'x', size: 100_000 }])],
  ])('refuses %s', async (_, packed) => {
    await expect(unpack(packed, PACKAGE_LIMITS)).rejects.toBeInstanceOf(SkillFailed);
  });

  it('refuses what is too large as it is', async () => {
    await expect(unpack(Buffer.alloc(10_001), SMALL)).rejects.toThrow(/larger than 10000 bytes/);
  });
});
