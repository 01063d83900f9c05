import { InvalidInput, type FieldError } from '@openclaw/core';
import { InMemorySettingsStore } from '@openclaw/core/testing';
import { describe, expect, it } from '@jest/globals';
import { ConfigService } from './config-service.js';
import { LiveConfig } from './live-config.js';
import type { PlainObject } from './path.js';
import { REDACTED } from './redact.js';
import { SecretBox } from './secret-box.js';
import { StoredSettings } from './stored-settings.js';
import { TestHome } from './testing.js';

const YAML = '.openclaw/gateway.yaml';

async function start(
  home: TestHome,
  environment: Record<string, string> = {},
  { store = new InMemorySettingsStore(), generated }: { store?: InMemorySettingsStore; generated?: string } = {},
) {
  const live = await LiveConfig.load(home.options(environment));
  const settings = new StoredSettings(store, async () => new SecretBox(Buffer.alloc(32, 5), 'the test'));
  await live.attach(settings);
  return {
    live,
    settings,
    store,
    service: new ConfigService(live, settings, generated),
    stored: async () => (await settings.load()).values,
  };
}

async function errorsOf(work: Promise<unknown>): Promise<FieldError[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof InvalidInput) return error.details['errors'] as FieldError[];
    throw error;
  }
  throw new Error('it was accepted');
}

const WITH_SECRETS = `gateway: { auth: { token: op-secret } }
api:
  auth:
    tokens:
      - { name: one, token: secret-one, scope: [read] }
      - { name: two, token: secret-two, scope: [chat] }
providers:
  primary: { type: anthropic, model: claude, api_key: secret-key }
  fallbacks:
    - { type: openai, model: gpt, api_key: secret-a }
    - { type: openai, model: gpt-mini, api_key: secret-b }
channels: { matrix: { module: m, accessToken: secret-m, empty: { password: '' } } }
database: { url: 'postgres://u:secret@db/x' }`;

describe('what is shown', () => {
  it('has every secret covered, none where none is set, and nothing that was worked out', async () => {
    await using home = await TestHome.with({ [YAML]: WITH_SECRETS });
    const { service } = await start(home);
    const shown = service.effective() as { gateway: PlainObject; database: unknown; channels: unknown };
    expect(JSON.stringify(shown)).not.toContain('secret-');
    expect(shown.gateway['auth']).toMatchObject({ enabled: true, token: REDACTED });
    expect(shown.gateway['auth']).not.toHaveProperty('password');
    expect(shown.gateway).not.toHaveProperty('bindAddress');
    expect(shown).not.toHaveProperty('home');
    expect(shown.database).toEqual({ url: REDACTED, poolSize: 10 });
    expect(shown.channels).toMatchObject({ matrix: { accessToken: REDACTED, empty: { password: '' } } });
  });

  it('has the token that the first start made, for as long as none is configured', async () => {
    await using home = await TestHome.with();
    const { service, stored } = await start(home, {}, { generated: 'made-at-the-start' });
    expect(service.part('gateway.auth.token')).toBe(REDACTED);
    expect((await service.update(service.effective())).applied).toEqual([]);
    expect((await service.update({ gateway: { auth: { token: REDACTED, mode: 'token' } } })).applied).toEqual([]);
    expect(await stored()).toEqual({});
    await service.update({ gateway: { auth: { token: 'another' } } });
    expect(service.unredacted('gateway.auth.token')).toBe('another');
    await service.update({ gateway: { auth: { token: null } } });
    expect(service.unredacted('gateway.auth.token')).toBe('made-at-the-start');
    await service.update({ gateway: { auth: { enabled: false } } });
    expect(service.part('gateway.auth.token')).toBeUndefined();
  });

  it('can be asked for in parts', async () => {
    await using home = await TestHome.with({ [YAML]: WITH_SECRETS });
    const { service } = await start(home);
    expect(service.part('gateway')).toMatchObject({ port: 18789, mode: 'local', bind: 'loopback' });
    expect(service.part('gateway/auth')).toEqual(service.part('gateway.auth'));
    expect(service.part('gateway.auth.token')).toBe(REDACTED);
    expect(service.part('api.auth.tokens[1].name')).toBe('two');
    expect(service.part('api/auth/tokens/1/name')).toBe('two');
    expect(service.part('models.aliases["a.b"]')).toBeUndefined();
    for (const path of ['nothing', 'gateway.bindAddress', '__proto__', 'gateway.constructor', 'gateway.port.x'])
      expect(service.part(path)).toBeUndefined();
    expect(service.unredacted('gateway.auth.token')).toBe('op-secret');
    expect(service.unredacted('gateway')).not.toHaveProperty('bindAddress');
  });
});

describe('update', () => {
  it('applies what may change live at once, and says what needs a restart', async () => {
    await using home = await TestHome.with();
    const { service, live, stored } = await start(home);
    const limited = await service.update({ gateway: { rate_limit: { requests_per_minute: 120 } } });
    expect(limited.applied).toEqual(['api.rateLimit.perToken.maxRequests', 'gateway.rate_limit.requests_per_minute']);
    expect(limited.restartPaths).toEqual([]);
    expect(limited.config).toEqual(service.effective());
    expect(await service.update({ gateway: { port: 4000, bind: 'lan', drainMs: 1 } })).toMatchObject({
      applied: ['gateway.drainMs'],
      restartPaths: ['gateway.bind', 'gateway.port'],
    });
    expect(live.current.gateway.port).toBe(18789);
    expect(await stored()).toEqual({
      gateway: { rate_limit: { requests_per_minute: 120 }, port: 4000, bind: 'lan', drainMs: 1 },
    });
    expect(await service.update({ gateway: { port: 4001 } })).toMatchObject({ restartPaths: ['gateway.port'] });
    expect(await service.update({ gateway: { port: null, bind: null } })).toMatchObject({ restartPaths: [] });
  });

  it('says what was applied, also where the follower of the stored settings was faster', async () => {
    await using home = await TestHome.with();
    let follow: () => Promise<unknown> = async () => undefined;
    class FollowedStore extends InMemorySettingsStore {
      override async save(expectedVersion: number, values: unknown): Promise<number> {
        const version = await super.save(expectedVersion, values);
        await follow();
        return version;
      }
    }
    const { service, live } = await start(home, {}, { store: new FollowedStore() });
    follow = () => live.refreshStored();
    expect((await service.update({ gateway: { drainMs: 1 } })).applied).toEqual(['gateway.drainMs']);
  });

  it('removes with null what was stored, and what is empty then', async () => {
    await using home = await TestHome.with({ [YAML]: 'gateway: { drainMs: 5 }' });
    const { service, live, stored } = await start(home);
    await service.update({ gateway: { drainMs: 6 }, agents: { beta: {} } });
    expect(live.current.gateway.drainMs).toBe(6);
    expect(Object.keys(live.current.agents)).toEqual(['main', 'beta']);
    expect((await service.update({ gateway: { drainMs: null }, agents: { beta: null, gamma: null } })).applied).toEqual(
      ['agents.beta', 'gateway.drainMs'],
    );
    expect(live.current.gateway.drainMs).toBe(5);
    expect(await stored()).toEqual({});
  });

  it('changes nothing when anything is wrong, and says all of it', async () => {
    await using home = await TestHome.with();
    const { service, live, store } = await start(home);
    const before = live.current;
    const errors = await errorsOf(
      service.update({ gateway: { drainMs: -1, bind: 'lan', auth: { enabled: false } }, api: { tokns: 1 } }),
    );
    expect(errors.map(({ field }) => field).sort()).toEqual(['api.tokns', 'gateway.bind', 'gateway.drainMs']);
    for (const patch of [null, 'text', [], 7]) await expect(service.update(patch)).rejects.toBeInstanceOf(InvalidInput);
    expect(await errorsOf(service.update(JSON.parse('{"skills": {"__proto__": {"x": 1}}}')))).toEqual([
      expect.objectContaining({ field: 'skills.__proto__' }),
    ]);
    expect(live.current).toBe(before);
    expect((await store.load()).version).toBe(0);
  });

  it('stores nothing of a configuration that is sent back as it was read, but the one change', async () => {
    await using home = await TestHome.with({ [YAML]: WITH_SECRETS });
    const { service, live, stored } = await start(home, { OPENCLAW_LOG_LEVEL: 'warn' });
    const whole = service.effective() as { gateway: PlainObject };
    expect(await service.update(whole)).toEqual({ config: whole, applied: [], restartPaths: [] });
    expect(await stored()).toEqual({});
    await service.update({ ...whole, gateway: { ...whole.gateway, port: 4001 } });
    expect(await stored()).toEqual({ gateway: { port: 4001 } });
    expect(live.wanted.gateway.auth.token).toBe('op-secret');
  });

  it('keeps a secret for ***REDACTED***, in lists by name, by position, or by all else being equal', async () => {
    await using home = await TestHome.with({ [YAML]: WITH_SECRETS });
    const { service, live } = await start(home);
    await service.update({
      gateway: { auth: { token: REDACTED } },
      api: {
        auth: {
          tokens: [
            { name: 'two', token: REDACTED, scope: ['admin'] },
            { name: 'new', token: 'secret-new', scope: ['read'] },
          ],
        },
      },
      providers: {
        primary: { model: 'claude-2', api_key: REDACTED },
        fallbacks: [{ type: 'openai', model: 'gpt-mini', api_key: REDACTED }],
      },
    });
    expect(live.current.gateway.auth.token).toBe('op-secret');
    expect(live.current.api.auth.tokens.map(({ name, token, scope }) => [name, token, scope])).toEqual([
      ['two', 'secret-two', ['admin']],
      ['new', 'secret-new', ['read']],
    ]);
    expect(live.current.providers.primary).toMatchObject({ model: 'claude-2', api_key: 'secret-key' });
    expect(live.current.providers.fallbacks).toEqual([
      expect.objectContaining({ model: 'gpt-mini', api_key: 'secret-b' }),
    ]);
    await service.update({ providers: { fallbacks: [{ type: 'openai', model: 'gpt-big', api_key: REDACTED }] } });
    expect(live.current.providers.fallbacks).toEqual([
      expect.objectContaining({ model: 'gpt-big', api_key: 'secret-b' }),
    ]);
  });

  it('refuses ***REDACTED*** where there is no secret to keep', async () => {
    await using home = await TestHome.with({ [YAML]: WITH_SECRETS });
    const { service } = await start(home);
    const errors = await errorsOf(
      service.update({
        gateway: { bind: REDACTED, auth: { password: REDACTED } },
        api: { auth: { tokens: [{ name: 'three', token: REDACTED, scope: ['read'] }] } },
        providers: { fallbacks: [{ type: 'anthropic', model: 'gpt', api_key: REDACTED }] },
      }),
    );
    expect(errors.map(({ field }) => field)).toEqual([
      'gateway.bind',
      'gateway.auth.password',
      'api.auth.tokens[0].token',
      'providers.fallbacks[0].api_key',
    ]);
  });

  it('refuses what the environment sets and what the database cannot keep', async () => {
    await using home = await TestHome.with();
    const { service } = await start(home, { OPENCLAW_GATEWAY_PORT: '5000', GATEWAY_AUTH_TOKEN: 'op' });
    const errors = await errorsOf(
      service.update({ gateway: { port: 5001, auth: { token: 'other' }, mood: 1 }, database: { poolSize: 3 } }),
    );
    expect(errors).toEqual([
      {
        field: 'gateway.port',
        message: expect.stringContaining('environment variable OPENCLAW_GATEWAY_PORT sets this'),
      },
      { field: 'gateway.auth.token', message: expect.stringContaining('GATEWAY_AUTH_TOKEN') },
      { field: 'database.poolSize', message: expect.stringContaining('before the database is open') },
      { field: 'gateway.mood', message: expect.stringContaining('unknown key') },
    ]);
    expect(await errorsOf(service.update({ api: { port: 5001 } }))).toEqual([
      expect.objectContaining({ field: 'api.port' }),
    ]);
    expect((await service.update({ gateway: { port: 5000, auth: { token: REDACTED } } })).applied).toEqual([]);
  });

  it('lets a provider be configured whose values happen to be those of echo', async () => {
    await using home = await TestHome.with();
    const { service, live } = await start(home);
    await service.update({
      providers: { primary: { type: 'openai-compatible', model: 'echo', base_url: 'http://127.0.0.1:1/v1' } },
    });
    expect(live.current.providerList).toEqual([expect.objectContaining({ type: 'openai-compatible', model: 'echo' })]);
    expect(live.current.models.aliases).toEqual({});
  });

  it('pins a value that was worked out, where the patch itself would move it', async () => {
    await using home = await TestHome.with();
    const { service, live } = await start(home);
    await service.update({ gateway: { auth: { mode: 'none' } }, api: { security: { cors: { enabled: true } } } });
    expect(live.current.authEnabled).toBe(false);
    expect(live.current.api.security.cors.enabled).toBe(true);
  });

  it('loses no change when replicas save at the same time', async () => {
    await using home = await TestHome.with();
    const store = new InMemorySettingsStore();
    const [a, b] = [await start(home, {}, { store }), await start(home, {}, { store })];
    await Promise.all([
      a.service.update({ gateway: { drainMs: 1 } }),
      b.service.update({ logging: { level: 'warn' } }),
      a.service.update({ api: { enabled: false } }),
      b.service.update({ models: { onUnknown: 'default' } }),
    ]);
    const all = {
      gateway: { drainMs: 1 },
      logging: { level: 'warn' },
      api: { enabled: false },
      models: { onUnknown: 'default' },
    };
    expect(await a.stored()).toEqual(all);
    await Promise.all([a.live.refreshStored(), b.live.refreshStored()]);
    expect(a.live.current).toEqual(b.live.current);
    expect(a.live.current).toMatchObject(all);
  });

  it('takes the place of a stored value by an object and the other way round', async () => {
    await using home = await TestHome.with();
    const { service, live } = await start(home);
    await service.update({ tenants: { acme: { thing: 1 } } });
    await service.update({ tenants: { acme: { thing: { deep: true } } } });
    expect(live.current.tenants).toEqual({ acme: { thing: { deep: true } } });
    await service.update({ tenants: { acme: { thing: 'text' } } });
    expect(live.current.tenants).toEqual({ acme: { thing: 'text' } });
  });
});
