import { describe, expect, it } from '@jest/globals';
import { fileLayer } from './layer.js';
import { mergeLayers } from './merge.js';
import { nearest } from './nearest.js';
import type { PlainObject } from './path.js';
import { ConfigError } from './problem.js';
import { problemsOf } from './testing.js';
import { validate } from './validate.js';

const check = (values: PlainObject) => validate(mergeLayers([fileLayer('a.yaml', values, {})]));

async function problems(values: PlainObject) {
  return problemsOf(() => check(values));
}

describe('a wrong configuration', () => {
  it('is reported whole: the schema and the rules between keys, each with the file that said it', async () => {
    const first = fileLayer(
      'a.yaml',
      { gateway: { port: 'abc', bind: 'lan', auth: { mode: 'none' } }, logging: { level: 'loud' } },
      {},
    );
    const second = fileLayer(
      'b.json5',
      { api: { security: { allowedIPs: ['10.0.0.0/33'], maxBodySize: 'huge' } } },
      {},
    );
    const found = await problemsOf(() => validate(mergeLayers([first, second])));
    expect(found.map(({ file, path, got }) => [file, path, got])).toEqual([
      ['a.yaml', 'gateway.port', '"abc"'],
      ['b.json5', 'api.security.allowedIPs[0]', '"10.0.0.0/33"'],
      ['b.json5', 'api.security.maxBodySize', '"huge"'],
      ['a.yaml', 'logging.level', '"loud"'],
      ['a.yaml', 'gateway.bind', '"lan"'],
    ]);
    expect(found[0]?.wanted).toBe('a whole number from 0 to 65535');
    expect(found[3]?.wanted).toBe('one of "debug", "info", "warn" or "error"'.replace('one of ', ''));
  });

  it('says of each entry of a list what it got, however many are wrong', async () => {
    const token = { name: 'n', token: 't', scope: ['chat', 'loud'], expiresAt: 'tomorrow' };
    const found = await problems({ api: { auth: { tokens: [token, { ...token, scope: [], rateLimit: 0 }] } } });
    expect(found.map(({ path, got }) => [path, got])).toEqual([
      ['api.auth.tokens[0].scope[1]', '"loud"'],
      ['api.auth.tokens[0].expiresAt', '"tomorrow"'],
      ['api.auth.tokens[1].scope', 'a list'],
      ['api.auth.tokens[1].rateLimit', '0'],
      ['api.auth.tokens[1].expiresAt', '"tomorrow"'],
    ]);
  });

  it('calls an empty text by its name: a variable that is handed on without a value', async () => {
    const found = await problems({ gateway: { auth: { token: '' } } });
    expect(found).toEqual([expect.objectContaining({ path: 'gateway.auth.token', got: 'an empty text' })]);
  });

  it('reads well at a terminal', () => {
    expect(() => check({ gateway: { prot: 1, drainMs: -1 } })).toThrow(
      new ConfigError([
        {
          file: 'a.yaml',
          path: '',
          got: '',
          wanted: '',
          message: 'gateway.drainMs: got -1; wanted milliseconds, a whole number from 0 to 86400000',
        },
        { file: 'a.yaml', path: '', got: '', wanted: '', message: 'gateway.prot: unknown key; did you mean "port"?' },
      ]),
    );
  });

  it.each<[string, PlainObject, string, string]>([
    ['gateway.prot', { gateway: { prot: 1 } }, 'the unknown key "prot"', '"port"'],
    ['gatway', { gatway: {} }, 'the unknown key "gatway"', '"gateway"'],
    [
      'providers.primary.apiKey',
      { providers: { primary: { type: 'echo', apiKey: 'k' } } },
      'the unknown key "apiKey"',
      '"api_key"',
    ],
    [
      'api.auth.tokens[0].scopes',
      { api: { auth: { tokens: [{ name: 'n', token: 't', scope: ['read'], scopes: [] }] } } },
      'the unknown key "scopes"',
      '"scope"',
    ],
    ['models.zzz', { models: { zzz: 1 } }, 'the unknown key "zzz"', 'one of aliases, onUnknown'],
  ])('suggests the key that %s was meant to be', async (path, values, got, wanted) => {
    expect(await problems(values)).toEqual([expect.objectContaining({ file: 'a.yaml', path, got, wanted })]);
  });

  it('never shows a secret', async () => {
    const found = await problems({
      gateway: { auth: 'hunter2', trustedProxies: 'hunter2' },
      api: { auth: { tokens: [{ name: 'n', token: 'hunter2 hunter2', scope: [] }, 'hunter2'] } },
      providers: { primary: { type: 'openai-compatible', model: 'm', base_url: 'http://user:hunter2@host/v1' } },
      database: { url: 'mysql://u:hunter2@db/x' },
      channels: { telegram: { token: ['hunter2'] } },
      hunter: { tokn: 'hunter2' },
    });
    expect(found.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'gateway.auth',
        'api.auth.tokens[0].token',
        'providers.primary.base_url',
        'database.url',
        'channels.telegram.token',
      ]),
    );
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it.each([
    ['nobody', { primary: { type: 'echo' } }, 'there is no provider "nobody"', 'a provider of type'],
    ['primary', { primary: { type: 'echo' } }, 'type "echo" has no embeddings', 'a provider of type'],
    [
      'primary',
      { primary: { type: 'echo' }, local: { type: 'openai-compatible', model: 'm', base_url: 'http://x' } },
      'type "echo" has no embeddings',
      'one of local',
    ],
  ])('wants a provider that can make embeddings for memory, not %s of %j', async (provider, providers, why, wanted) => {
    const [problem, ...others] = await problems({ providers, memory: { embeddings: { provider, model: 'e' } } });
    expect(others).toEqual([]);
    expect(problem?.path).toBe('memory.embeddings.provider');
    expect(problem?.message).toContain(why);
    expect(problem?.wanted).toContain(wanted);
  });

  it.each<[string, PlainObject, string]>([
    [
      'a bind beyond loopback without authentication',
      { gateway: { bind: '192.168.1.1', auth: { enabled: false } } },
      'gateway.bind',
    ],
    [
      'the same through the switch of the API',
      { gateway: { bind: '::' }, api: { auth: { enabled: false } } },
      'gateway.bind',
    ],
    ['enabled and "none"', { gateway: { auth: { enabled: true, mode: 'none' } } }, 'gateway.auth.mode'],
    ['mode password without one', { gateway: { auth: { mode: 'password' } } }, 'gateway.auth.password'],
    ['fallbacks of nothing', { providers: { fallbacks: [{ type: 'echo' }] } }, 'providers.primary'],
    [
      'a provider without a model',
      { providers: { primary: { type: 'openai', api_key: 'k' } } },
      'providers.primary.model',
    ],
    ['a provider without a key', { providers: { x: { type: 'anthropic', model: 'm' } } }, 'providers.x.api_key'],
    [
      'a provider without an address',
      { providers: { primary: { type: 'openai-compatible', model: 'm' } } },
      'providers.primary.base_url',
    ],
    ['a provider by the name of a fallback', { providers: { 'fallback-1': { type: 'echo' } } }, 'providers.fallback-1'],
    [
      'a channel for an agent that is not there',
      { channels: { webhook: { agent: 'nobody', url: 'https://x.example', secret: 'long enough for this' } } },
      'channels.webhook.agent',
    ],
    [
      'a webhook of telegram without its address',
      { channels: { telegram: { token: '1:t', mode: 'webhook' } } },
      'channels.telegram.webhookUrl',
    ],
    ['slack without what its socket needs', { channels: { slack: { botToken: 'xoxb-1' } } }, 'channels.slack.appToken'],
    [
      'slack without what its requests need',
      { channels: { slack: { botToken: 'xoxb-1', mode: 'http', appToken: 'xapp-1' } } },
      'channels.slack.signingSecret',
    ],
    [
      'a secret that telegram does not take',
      { channels: { telegram: { token: '1:t', webhookSecret: 'a b' } } },
      'channels.telegram.webhookSecret',
    ],
    [
      'a gateway of discord that is no socket',
      { channels: { discord: { token: 't', gatewayUrl: 'https://gateway.example' } } },
      'channels.discord.gatewayUrl',
    ],
    ['a channel of our own making without a module', { channels: { matrix: {} } }, 'channels.matrix.module'],
    ['a tenant with an impossible name', { tenants: { 'a b': {} } }, 'tenants["a b"]'],
    ['null in a list', { gateway: { trustedProxies: [null] } }, 'gateway.trustedProxies[0]'],
    [
      'a webhook without events',
      { api: { webhooks: { outgoing: [{ url: 'https://x.example', secret: 's', events: [] }] } } },
      'api.webhooks.outgoing[0].events',
    ],
  ])('is %s', async (_, values, path) => {
    expect(await problems(values)).toEqual([expect.objectContaining({ path, file: 'a.yaml' })]);
  });

  it('is two tokens with one name or one secret', async () => {
    const token = { name: 'n', token: 'secret-1', scope: ['read'] };
    const found = await problems({ api: { auth: { tokens: [token, { ...token }] } } });
    expect(found.map(({ path }) => path)).toEqual(['api.auth.tokens[1].name', 'api.auth.tokens[1].token']);
    expect(JSON.stringify(found)).not.toContain('secret-1');
  });
});

describe('a right configuration', () => {
  it.each<[string, PlainObject]>([
    ['authentication off on loopback', { gateway: { bind: '127.0.0.2', auth: { mode: 'none' } } }],
    ['IPv6 loopback', { gateway: { bind: '::1', auth: { enabled: false } } }],
    ['an open bind with authentication', { gateway: { bind: 'lan' } }],
    [
      'a gateway of its own before the provider, with no key',
      { providers: { primary: { type: 'openai', model: 'm', base_url: 'http://127.0.0.1:1' } } },
    ],
    [
      'free keys where later work has the word',
      {
        tenants: { any: { thing: 1 } },
        skills: { x: { config: { any: 1 } } },
        channels: { telegram: { token: 't', extra: 1 } },
      },
    ],
    ['a channel from a package', { channels: { matrix: { module: '@acme/matrix', room: 1 } } }],
    [
      'tokens that expire',
      {
        api: {
          auth: { tokens: [{ name: 'n', token: 't', scope: ['admin'], expiresAt: '2027-01-31', tenant: 'acme' }] },
        },
      },
    ],
  ])('may have %s', (_, values) => {
    expect(() => check(values)).not.toThrow();
  });
});

describe('nearest', () => {
  it('finds the word behind a typing error, and none where none is near', () => {
    const words = ['port', 'bind', 'api_key', 'maxBodySize', 'trustedProxies'];
    expect(
      ['prot', 'pot', 'bnid', 'apiKey', 'API-KEY', 'maxbodysize', 'trustedProxy', 'elephant', 'x'].map((word) =>
        nearest(word, words),
      ),
    ).toEqual(['port', 'port', 'bind', 'api_key', 'api_key', 'maxBodySize', 'trustedProxies', undefined, undefined]);
  });
});
