import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeSecrets, readSecretFiles } from './backup-secrets.js';

const ONE = Buffer.alloc(32, 1).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');

let from: string;
let to: string;

beforeEach(async () => {
  from = await mkdtemp(join(tmpdir(), 'openclaw-secrets-from-'));
  to = await mkdtemp(join(tmpdir(), 'openclaw-secrets-to-'));
  await writeFile(join(from, 'secret.key'), `${ONE}\n`);
  await writeFile(join(from, 'operator-token'), 'oc_op_1\n');
});

afterEach(async () => {
  for (const folder of [from, to]) await rm(folder, { recursive: true });
});

const keyIn = async (folder: string) => (await readFile(join(folder, 'secret.key'), 'utf8')).trim();

describe('the secrets of a backup', () => {
  it('go along only if they are wanted; what tells their key from others always does', async () => {
    const without = await readSecretFiles(from, {}, false);
    expect(without).toEqual({ files: new Map(), key: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const { files, key } = await readSecretFiles(from, {}, true);
    expect([...files.keys()]).toEqual(['secret.key', 'operator-token']);
    expect(key).toBe(without.key);
    expect(await readSecretFiles(to, {}, true)).toEqual({ files: new Map(), key: null });
    expect((await readSecretFiles(to, { OPENCLAW_SECRET_KEY: ONE }, true)).key).toBe(key);
  });

  it('come into an empty data folder, for their owner alone', async () => {
    const put = await placeSecrets(to, {}, await readSecretFiles(from, {}, true), false);
    expect(await readdir(to)).toEqual([]);
    expect(await put()).toEqual({ written: ['secret.key', 'operator-token'], readable: true });
    expect(await keyIn(to)).toBe(ONE);
    expect((await stat(join(to, 'secret.key'))).mode & 0o777).toBe(0o600);
  });

  it('take the place of others by force only, and never that of the operator’s token', async () => {
    await writeFile(join(to, 'secret.key'), OTHER);
    await writeFile(join(to, 'operator-token'), 'oc_op_2');
    const files = await readSecretFiles(from, {}, true);
    await expect(placeSecrets(to, {}, files, false)).rejects.toThrow(/is another one. With --force/);
    const put = await placeSecrets(to, {}, files, true);
    expect(await put()).toEqual({ written: ['secret.key'], readable: true });
    expect(await keyIn(to)).toBe(ONE);
    const kept = (await readdir(to)).find((name) => /^secret\.key\.\d+\.replaced$/.test(name));
    expect(await readFile(join(to, kept ?? ''), 'utf8')).toBe(OTHER);
    expect(await readFile(join(to, 'operator-token'), 'utf8')).toBe('oc_op_2');
  });

  it('leave the same key, and one of the environment, as they are', async () => {
    await writeFile(join(to, 'secret.key'), ONE);
    const files = await readSecretFiles(from, {}, true);
    expect(await (await placeSecrets(to, {}, files, false))()).toMatchObject({ written: ['operator-token'] });
    const put = await placeSecrets(to, { OPENCLAW_SECRET_KEY: OTHER }, files, true);
    expect(await put()).toEqual({ written: [], readable: false });
  });

  it('are missed where they did not come along', async () => {
    const put = await placeSecrets(to, {}, await readSecretFiles(from, {}, false), false);
    expect(await put()).toEqual({ written: [], readable: false });
    await writeFile(join(to, 'secret.key'), ONE);
    expect(await put()).toEqual({ written: [], readable: true });
  });
});
