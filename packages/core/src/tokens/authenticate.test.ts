import { describe, expect, it } from '@jest/globals';
import { FixedClock } from '../shared/clock.js';
import { Unauthorized } from '../shared/errors.js';
import { Authenticate, type AuthSettings } from './authenticate.js';
import { InMemoryTokenStore } from './in-memory-token-store.js';
import { ManageTokens } from './manage-tokens.js';
import { requireScope } from './principal.js';

function setUp(options: Partial<AuthSettings> = {}) {
  const clock = new FixedClock(new Date('2026-04-09T10:00:00Z'));
  const store = new InMemoryTokenStore();
  let settings: AuthSettings = { enabled: true, operatorSecrets: ['operator-secret'], tokens: [], ...options };
  return {
    clock,
    tokens: new ManageTokens(store, clock),
    authenticate: new Authenticate(() => settings, store, clock),
    configure: (next: Partial<AuthSettings>) => (settings = { ...settings, ...next }),
  };
}

describe('Authenticate', () => {
  it('knows the operator, who may do everything', async () => {
    const { authenticate } = setUp();
    const principal = await authenticate.execute('operator-secret');
    expect(principal).toMatchObject({ name: 'operator', tenant: 'default', scopes: ['chat', 'send', 'read', 'admin'] });
  });

  it.each([undefined, '', 'operator-secre', 'operator-secret ', 'oc_tok_unknown', 'x'.repeat(5_000)])(
    'refuses %p',
    async (secret) => {
      const { authenticate } = setUp();
      await expect(authenticate.execute(secret)).rejects.toThrow(
        new Unauthorized('Missing or invalid authentication token'),
      );
    },
  );

  it.each([254, 255, 5_000])('knows a secret of %p characters, and no other', async (length) => {
    const secret = 'x'.repeat(length);
    const { authenticate } = setUp({ operatorSecrets: [secret] });
    expect((await authenticate.execute(secret)).name).toBe('operator');
    for (const other of [`${secret}\0`, `${secret}x`, secret.slice(1), `y${secret.slice(1)}`])
      await expect(authenticate.execute(other)).rejects.toThrow(Unauthorized);
  });

  it('knows tokens of the configuration until they expire, and follows its changes', async () => {
    const expiresAt = new Date('2026-04-09T11:00:00Z');
    const { authenticate, clock, configure } = setUp({
      tokens: [{ name: 'crm', token: 'oc_tok_crm', scope: ['chat'], tenant: 'acme', rateLimit: 30, expiresAt }],
    });
    expect(await authenticate.execute('oc_tok_crm')).toMatchObject({
      name: 'crm',
      tenant: 'acme',
      scopes: ['chat'],
      rateLimit: 30,
    });
    clock.advance(3_600_000);
    await expect(authenticate.execute('oc_tok_crm')).rejects.toThrow(Unauthorized);
    configure({ operatorSecrets: ['rotated'] });
    await expect(authenticate.execute('operator-secret')).rejects.toThrow(Unauthorized);
    expect((await authenticate.execute('rotated')).name).toBe('operator');
  });

  it('knows made tokens, believes a lookup for half a second at most, and ends them when they expire', async () => {
    const { authenticate, clock, tokens } = setUp();
    const { secret } = await tokens.create({
      name: 'app',
      scopes: ['chat', 'read'],
      expiresAt: new Date('2026-04-09T10:00:10Z'),
    });
    expect(secret).toMatch(/^oc_tok_[0-9a-z]{40}$/);
    expect(await authenticate.execute(secret)).toMatchObject({
      name: 'app',
      kind: 'api-token',
      scopes: ['chat', 'read'],
    });
    await tokens.revoke('app');
    clock.advance(500);
    await expect(authenticate.execute(secret)).rejects.toThrow(Unauthorized);

    const second = await tokens.create({ name: 'app', scopes: ['read'], expiresAt: new Date('2026-04-09T10:00:10Z') });
    clock.advance(9_400);
    expect(await authenticate.execute(second.secret)).toMatchObject({ name: 'app' });
    clock.advance(100);
    await expect(authenticate.execute(second.secret)).rejects.toThrow(Unauthorized);
  });

  it('lets everybody in where authentication is off', async () => {
    const { authenticate } = setUp({ enabled: false });
    expect((await authenticate.execute(undefined)).kind).toBe('anonymous');
  });
});

describe('ManageTokens', () => {
  it('revokes by secret, by name and by an unambiguous prefix', async () => {
    const { tokens } = setUp();
    const a = await tokens.create({ name: 'a', scopes: ['chat'] });
    const b = await tokens.create({ name: 'b', scopes: ['chat'] });
    const c = await tokens.create({ name: 'c', scopes: ['chat'] });
    expect((await tokens.revoke(a.secret)).name).toBe('a');
    expect((await tokens.revoke('b')).name).toBe('b');
    expect((await tokens.revoke(c.token.prefix)).name).toBe('c');
    await expect(tokens.revoke(b.secret)).rejects.toThrow(/No live token/);
    await expect(tokens.revoke('oc_tok_')).rejects.toThrow(/No live token/);
  });

  it('refuses unknown scopes, empty names and times gone by', async () => {
    const { tokens } = setUp();
    await expect(tokens.create({ name: 'a', scopes: ['root'] })).rejects.toThrow(/scope "root" is unknown/);
    await expect(tokens.create({ name: 'a', scopes: [] })).rejects.toThrow(/scope is missing/);
    await expect(tokens.create({ name: '', scopes: ['chat'] })).rejects.toThrow(/name must/);
    await expect(tokens.create({ name: 'a', scopes: ['chat'], expiresAt: new Date(0) })).rejects.toThrow(/future/);
    await expect(tokens.create({ name: 'a', scopes: ['chat'], rateLimit: 0 })).rejects.toThrow(/rate-limit/);
  });
});

describe('requireScope', () => {
  const reader = { name: 'reader', kind: 'api-token', tenant: 't', scopes: ['read'] } as const;

  it('names the scope that is missing', () => {
    expect(() => requireScope(reader, 'read')).not.toThrow();
    expect(() => requireScope(reader, 'chat')).toThrow(/scope "chat"/);
    expect(() => requireScope({ ...reader, scopes: ['admin'] }, 'chat')).not.toThrow();
  });
});
