import { InMemorySettingsStore } from '@openclaw/core/testing';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { LiveConfig } from './live-config.js';
import { ensureOperatorToken } from './operator-token.js';
import { openSecretBox, SecretBox, WrongSecretKey } from './secret-box.js';
import { StoredSettings } from './stored-settings.js';
import { TestHome } from './testing.js';

const mode = async (file: string) => (await stat(file)).mode & 0o777;

describe('SecretBox', () => {
  it('opens what it sealed, and seals differently each time', async () => {
    await using home = await TestHome.with();
    const box = await openSecretBox(home.path, {});
    const [one, two] = [box.seal('a.b', 'geheim 비밀'), box.seal('a.b', 'geheim 비밀')];
    expect(one).toMatch(/^enc:v1:[A-Za-z0-9+/]+=*$/);
    expect(one).not.toBe(two);
    expect(box.open('a.b', one)).toBe('geheim 비밀');
    expect(box.open('a.b', box.seal('a.b', ''))).toBe('');
  });

  it('opens nothing with another key, at another path, or altered', async () => {
    const key = (text: string) => openSecretBox('/nowhere', { OPENCLAW_SECRET_KEY: text });
    const box = await key('correct horse');
    const sealed = box.seal('a.b', 'secret');
    expect((await key('correct horse')).open('a.b', sealed)).toBe('secret');
    await expect(key('wrong horse').then((other) => other.open('a.b', sealed))).rejects.toThrow(
      /stored setting a\.b was encrypted with another key than the one in OPENCLAW_SECRET_KEY/,
    );
    expect(() => box.open('a.c', sealed)).toThrow(WrongSecretKey);
    expect(() => box.open('a.b', sealed.slice(0, -4))).toThrow(WrongSecretKey);
    expect(() => box.open('a.b', 'enc:v1:')).toThrow(WrongSecretKey);
  });

  it('takes 32 bytes in hex and base64 for the same key', async () => {
    const bytes = Buffer.alloc(32, 0xab);
    const boxes = await Promise.all(
      ['hex', 'base64', 'base64url'].map((form) =>
        openSecretBox('/nowhere', { OPENCLAW_SECRET_KEY: bytes.toString(form as BufferEncoding) }),
      ),
    );
    const sealed = new SecretBox(bytes, '').seal('p', 's');
    expect(boxes.map((box) => box.open('p', sealed))).toEqual(['s', 's', 's']);
  });

  it('makes its key once, for the owner alone, also when many ask at once', async () => {
    await using home = await TestHome.with();
    const folder = home.file('.openclaw');
    const boxes = await Promise.all(Array.from({ length: 8 }, () => openSecretBox(folder, {})));
    const sealed = boxes[0]?.seal('p', 's') ?? '';
    expect(boxes.map((box) => box.open('p', sealed))).toEqual(Array(8).fill('s'));
    expect(await readdir(folder)).toEqual(['secret.key']);
    expect(await mode(`${folder}/secret.key`)).toBe(0o600);
    expect(await mode(folder)).toBe(0o700);
  });
});

describe('StoredSettings', () => {
  it('stores no secret in the clear, also not in lists and in channels of packages', async () => {
    const store = new InMemorySettingsStore();
    const settings = new StoredSettings(store, async () => new SecretBox(Buffer.alloc(32, 3), 'k'));
    const values = {
      gateway: { auth: { token: 'hunter2' }, port: 1 },
      api: { auth: { tokens: [{ name: 'n', token: 'hunter2', scope: ['read'] }] } },
      channels: { matrix: { module: 'm', accessToken: 'hunter2', room: 'open' } },
    };
    await settings.save(0, values);
    const raw = JSON.stringify((await store.load()).values);
    expect(raw).not.toContain('hunter2');
    expect(raw.match(/enc:v1:/g)).toHaveLength(3);
    expect(await settings.load()).toEqual({ version: 1, values });
  });

  it('takes no forbidden key out of the store', async () => {
    const store = new InMemorySettingsStore();
    await store.save(0, JSON.parse('{"skills": {"__proto__": {"polluted": true}}}'));
    const settings = new StoredSettings(store, () => Promise.reject(new Error('no key was needed')));
    await expect(settings.load()).rejects.toThrow('skills.__proto__');
  });

  it('asks for no key where there is no secret', async () => {
    const settings = new StoredSettings(new InMemorySettingsStore(), () =>
      Promise.reject(new Error('no key was needed')),
    );
    await settings.save(0, { gateway: { drainMs: 1 } });
    expect((await settings.load()).values).toEqual({ gateway: { drainMs: 1 } });
  });
});

describe('ensureOperatorToken', () => {
  it('makes a token at the first start and keeps to it', async () => {
    await using home = await TestHome.with();
    const { current } = await LiveConfig.load(home.options());
    const first = await ensureOperatorToken(current.home, current);
    expect(first).toEqual({
      token: expect.stringMatching(/^oc_op_[A-Za-z0-9_-]{43}$/),
      file: home.file('.openclaw/operator-token'),
      created: true,
    });
    const file = home.file('.openclaw/operator-token');
    expect(await mode(file)).toBe(0o600);
    expect(await readFile(file, 'utf8')).toBe(`${first?.token}\n`);
    await chmod(file, 0o644);
    expect(await ensureOperatorToken(current.home, current)).toEqual({ ...first, created: false });
    expect(await mode(file)).toBe(0o600);
  });

  it('uses what is configured, and none where authentication is off', async () => {
    await using home = await TestHome.with();
    const ensure = async (environment: Record<string, string>) => {
      const { current } = await LiveConfig.load(home.options(environment));
      return ensureOperatorToken(current.home, current);
    };
    expect(await ensure({ GATEWAY_AUTH_TOKEN: 't' })).toEqual({ token: 't', created: false });
    expect(await ensure({ OPENCLAW_GATEWAY_PASSWORD: 'p' })).toEqual({ token: 'p', created: false });
    await home.write('.openclaw/gateway.yaml', 'gateway: { auth: { enabled: false } }');
    expect(await ensure({})).toBeUndefined();
    expect(await readdir(home.file('.openclaw'))).toEqual(['gateway.yaml']);
  });
});
