import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { BackupProblem } from './backup-problem.js';
import { checkBackup, Sum, sha256 } from './check-backup.js';
import { dataEntry, type Ending, type Manifest } from './manifest.js';
import { type ArchiveEntry, writeArchive } from './write-archive.js';

const TABLE = { group: 'gateway' as const, name: 'messages', columns: ['id', 'text'] };
const PIECES = [Buffer.from('1\tone\n2\ttw'), Buffer.from('o\n'), Buffer.alloc(60_000, '3\tmany\n')];
const MANIFEST: Manifest = {
  ...{
    format: 'openclaw-backup',
    version: 1,
    gateway: '1.2.3',
    postgres: '18.4',
    created_at: '2026-11-26T00:00:00.000Z',
  },
  ...{ migrations: ['First1'], tables: [TABLE], sequences: [], secrets: { files: ['secret.key'], key: 'abc' } },
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openclaw-archive-'));
});

afterAll(() => rm(folder, { recursive: true }));

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function whole(manifest: unknown = MANIFEST): ArchiveEntry[] {
  const sum = new Sum(TABLE);
  for (const piece of PIECES) sum.add(piece);
  const ending: Ending = {
    ...{ manifest: sha256(json(manifest)), tables: [sum.total()], files: { 'secret.key': sha256('the key\n') } },
  };
  return [
    { name: 'manifest.json', data: json(manifest) },
    { name: 'home/secret.key', data: Buffer.from('the key\n') },
    ...PIECES.map((data, at) => ({ name: dataEntry(TABLE, at + 1), data })),
    { name: 'end.json', data: json(ending) },
  ];
}

async function written(entries: ArchiveEntry[], name: string): Promise<string> {
  const path = join(folder, name);
  await writeArchive(
    path,
    (async function* () {
      yield* entries;
    })(),
  );
  return path;
}

/** With the bytes of a whole file changed. */
async function changed(name: string, change: (bytes: Buffer) => Buffer): Promise<string> {
  const path = await written(whole(), name);
  await writeFile(path, change(await readFile(path)));
  return path;
}

describe('the file of a backup', () => {
  it('comes back as it was written, for its owner alone, with nothing beside it', async () => {
    const path = await written(whole(), 'whole');
    const { manifest, tables, files, size } = await checkBackup(path);
    expect(manifest).toEqual(MANIFEST);
    expect(tables).toEqual([expect.objectContaining({ name: 'messages', rows: 2 + Math.floor(60_000 / 7) })]);
    expect(files).toEqual(new Map([['secret.key', 'the key\n']]));
    expect(await stat(path)).toMatchObject({ size, mode: 0o100600 });
    expect((await readdir(folder)).filter((name) => name.includes('draft'))).toEqual([]);
  });

  it('is a tar file that other programs read', async () => {
    const path = await written(whole(), 'foreign');
    const plain = join(folder, 'foreign.tar');
    await writeFile(plain, zstdDecompressSync(await readFile(path)));
    const list = execFileSync('tar', ['-tf', plain], { encoding: 'utf8' });
    expect(list.trim().split('\n')).toEqual(whole().map(({ name }) => name));
  });

  it.each([
    ['half of it', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2), /is cut off/],
    ['its first bytes', (bytes: Buffer) => bytes.subarray(0, 10), /is cut off/],
    ['nothing', () => Buffer.alloc(0), /is empty/],
    ['another file', () => Buffer.from('PK\u0003\u0004 and so on'), /is not a backup/],
    ['another compressed file', () => zstdCompressSync(Buffer.from('something else')), /is cut off/],
  ])('is refused: %s', async (name, change, message) => {
    await expect(checkBackup(await changed(name.replaceAll(' ', '-'), change))).rejects.toThrow(message);
  });

  it.each([
    ['without its end', whole().slice(0, -1), /is cut off/],
    ['without a piece', whole().filter((_, at) => at !== 3), /is damaged/],
    ['with pieces in another order', [2, 3].reduce(swapped, whole()), /is damaged/],
    [
      'with something after its end',
      [...whole(), { name: dataEntry(TABLE, 9), data: Buffer.from('x\n') }],
      /is damaged/,
    ],
    [
      'with a table it does not tell of',
      [...whole().slice(0, 2), { name: 'tables/gateway/other/1.copy', data: json(1) }],
      /is damaged/,
    ],
    [
      'with another secret',
      whole().map((entry) => (entry.name === 'home/secret.key' ? { ...entry, data: json(1) } : entry)),
      /is damaged/,
    ],
    ['of another program', [{ name: 'hello.txt', data: Buffer.from('Hi') }], /is not a backup/],
    ['without its description', whole().slice(1), /is not a backup/],
    [
      'of a form that is still to come',
      whole({ ...MANIFEST, version: 2, gateway: '9.0.0' }),
      /form 2, made by gateway 9.0.0/,
    ],
    ['of another product', whole({ ...MANIFEST, format: 'another' }), /is not a backup/],
    ['with half a description', whole({ format: 'openclaw-backup', version: 1 }), /is damaged/],
  ])('is refused %s', async (name, entries, message) => {
    await expect(checkBackup(await written(entries, name.replaceAll(' ', '-')))).rejects.toThrow(message);
  });

  it('is accepted as it was written or not at all, whatever bit is turned and wherever it is cut', async () => {
    const path = await written(whole(), 'bits');
    const bytes = await readFile(path);
    const { size: _, ...right } = await checkBackup(path);
    for (let at = 0; at < bytes.length; at += 11) {
      for (const wrong of [turned(bytes, at), bytes.subarray(0, at)]) {
        await writeFile(path, wrong);
        const found = await checkBackup(path).catch((error: unknown) => error);
        if (!(found instanceof BackupProblem)) expect(found).toMatchObject(right);
      }
    }
  });

  it('leaves nothing behind when it cannot be written to its end', async () => {
    const failing = (async function* (): AsyncGenerator<ArchiveEntry> {
      yield* whole().slice(0, 3);
      throw new Error('the database is gone');
    })();
    await expect(writeArchive(join(folder, 'broken'), failing)).rejects.toThrow('the database is gone');
    expect((await readdir(folder)).filter((name) => name.includes('broken'))).toEqual([]);
  });
});

function turned(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function swapped(entries: ArchiveEntry[], at: number): ArchiveEntry[] {
  const [one, other] = [entries[at], entries[at + 1]] as [ArchiveEntry, ArchiveEntry];
  return entries.toSpliced(at, 2, other, one);
}
