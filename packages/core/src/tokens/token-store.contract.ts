import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import { Conflict } from '../shared/errors.js';
import { type ApiToken, hashToken } from './api-token.js';
import type { TokenStore } from './token-store.js';

function token(name: string, createdAt = '2026-01-01T00:00:00Z'): ApiToken {
  return {
    name,
    hash: hashToken(`oc_tok_${name}`),
    prefix: `oc_tok_${name}`.slice(0, 13),
    scopes: ['chat', 'read'],
    tenant: 'acme',
    createdAt: new Date(createdAt),
  };
}

/** `make` gives an empty store for each test. */
export function tokenStoreContract(it: Declare, make: () => Promise<TokenStore>): void {
  it('finds a token by its hash, with everything that was stored', async () => {
    const store = await make();
    const stored = { ...token('crm'), rateLimit: 30, expiresAt: new Date('2027-01-01T00:00:00Z') };
    await store.insert(stored);
    assert.deepEqual(await store.findByHash(stored.hash), stored);
    assert.equal(await store.findByHash(hashToken('another')), undefined);
  });

  it('refuses a second live token of the same name, and takes it once the first is revoked', async () => {
    const store = await make();
    await store.insert(token('crm'));
    const second = { ...token('crm'), hash: hashToken('second') };
    await assert.rejects(store.insert(second), Conflict);
    await store.revoke(token('crm').hash, new Date());
    await store.insert(second);
    assert.equal((await store.list()).length, 2);
  });

  it('lists newest first, revoked ones too', async () => {
    const store = await make();
    await store.insert(token('old', '2026-01-01T00:00:00Z'));
    await store.insert(token('new', '2026-02-01T00:00:00Z'));
    const at = new Date('2026-03-01T00:00:00Z');
    await store.revoke(token('old').hash, at);
    const listed = await store.list();
    assert.deepEqual(
      listed.map(({ name, revokedAt }) => ({ name, revokedAt })),
      [
        { name: 'new', revokedAt: undefined },
        { name: 'old', revokedAt: at },
      ],
    );
  });

  it('keeps the first time of a revocation', async () => {
    const store = await make();
    await store.insert(token('crm'));
    const first = new Date('2026-03-01T00:00:00Z');
    await store.revoke(token('crm').hash, first);
    await store.revoke(token('crm').hash, new Date('2026-04-01T00:00:00Z'));
    assert.deepEqual((await store.findByHash(token('crm').hash))?.revokedAt, first);
  });
}
