import { describe, expect, it } from '@jest/globals';
import { LiveConfig } from './live-config.js';
import { TestHome } from './testing.js';

const YAML = '.openclaw/gateway.yaml';
const JSON5 = '.config/openclaw/openclaw.json5';

async function load(files: Record<string, string>, environment: Record<string, string> = {}) {
  await using home = await TestHome.with(files);
  return (await LiveConfig.load(home.options(environment))).current;
}

describe('what the public documents print loads unchanged', () => {
  it('the token in YAML', async () => {
    const text = 'gateway:\n  auth:\n    enabled: true\n    token: "${GATEWAY_AUTH_TOKEN}"\n';
    expect((await load({ [YAML]: text }, { GATEWAY_AUTH_TOKEN: 'from-env' })).gateway.auth).toMatchObject({
      enabled: true,
      mode: 'token',
      token: 'from-env',
    });
  });

  it('tokens in JSON5', async () => {
    const text = `// ~/.config/openclaw/openclaw.json5
{
"api": {
"enabled": true,
"port": 18789,
"auth": {
"enabled": true,
"tokens": [
{
"name": "my-web-app",
"token": "oc_tok_a1b2c3d4e5f6g7h8i9j0",
"scope": ["chat", "send", "read", "admin"],
"rateLimit": 120 // RPM
},
{
"name": "crm-integration",
"token": "oc_tok_x9y8z7w6v5u4t3s2r1q0",
"scope": ["chat", "send"],
"rateLimit": 30
}
]
}
}
}`;
    const { tokens } = (await load({ [JSON5]: text })).api.auth;
    expect(tokens).toEqual([
      expect.objectContaining({
        name: 'my-web-app',
        scope: ['chat', 'send', 'read', 'admin'],
        rateLimit: 120,
        tenant: 'default',
      }),
      expect.objectContaining({ name: 'crm-integration', scope: ['chat', 'send'], rateLimit: 30 }),
    ]);
  });

  it('webhooks, rate limits and security', async () => {
    const text = `{ "api": {
"webhooks": { "outgoing": [ { "url": "https://your-app.com/api/openclaw-callback", "secret": "your-webhook-secret",
"events": [ "message.received", "message.sent", "conversation.created", "channel.connected", "channel.disconnected" ],
"retry": { "maxAttempts": 3, "backoffMs": 5000 } } ] },
"rateLimit": {
// global
"global": { "windowMs": 60000, "maxRequests": 120 }, "perToken": { "windowMs": 60000, "maxRequests": 60 } },
"security": { "allowedIPs": ["10.0.0.0/8", "192.168.1.0/24"],
"cors": { "enabled": true, "origins": ["https://your-app.com"], "methods": ["GET", "POST", "DELETE"] }, "maxBodySize": "1MB" }
} }`;
    const { api } = await load({ [JSON5]: text });
    expect(api.webhooks.outgoing).toEqual([
      expect.objectContaining({ tenant: 'default', enabled: true, retry: { maxAttempts: 3, backoffMs: 5000 } }),
    ]);
    expect(api.security).toMatchObject({
      maxBodyBytes: 1_048_576,
      cors: { enabled: true, origins: ['https://your-app.com'] },
    });
  });

  it('the OpenAI-compatible endpoint', async () => {
    const text = `{
  gateway: {
    http: {
      endpoints: {
        chatCompletions: { enabled: true },
      },
    },
  },
}`;
    expect((await load({ [JSON5]: text })).gateway.http.endpoints.chatCompletions.enabled).toBe(true);
    expect((await load({})).gateway.http.endpoints.chatCompletions.enabled).toBe(false);
  });

  it('the effective configuration: provider, bind as an address, the short rate limit', async () => {
    const text = `gateway: { port: 18789, mode: local, bind: 127.0.0.1, rate_limit: { requests_per_minute: 120 } }
providers: { primary: { type: anthropic, model: claude-opus-4-6, api_key: sk } }`;
    const config = await load({ [YAML]: text });
    expect(config.gateway.bindAddress).toBe('127.0.0.1');
    expect(config.api.rateLimit.perToken).toEqual({ windowMs: 60_000, maxRequests: 120 });
    expect(config.models.aliases).toEqual({});
  });
});

describe('providers', () => {
  it('are listed with the primary first, then the fallbacks, then the named ones', async () => {
    const text = `providers:
  local: { type: openai-compatible, base_url: 'http://127.0.0.1:1/v1', models: [m1, m2] }
  fallbacks: [{ type: openai, model: gpt, api_key: k }, { type: echo }]
  primary: { type: anthropic, model: claude, api_key: k }`;
    const list = (await load({ [YAML]: text })).providerList.map(({ name, model, fallback }) => [
      name,
      model,
      fallback,
    ]);
    expect(list).toEqual([
      ['primary', 'claude', false],
      ['fallback-1', 'gpt', true],
      ['fallback-2', 'echo', true],
      ['local', 'm1', false],
    ]);
  });

  it('need no primary where one is named', async () => {
    const text = "providers: { local: { type: openai-compatible, base_url: 'http://127.0.0.1:1/v1', model: m } }";
    expect((await load({ [YAML]: text })).providerList.map(({ name }) => name)).toEqual(['local']);
  });

  it('leave the aliases of the person alone', async () => {
    const { models } = await load({ [YAML]: 'models: { aliases: { fast: echo, qwen3.5-plus: other } }' });
    expect(models.aliases).toMatchObject({ fast: 'echo', 'qwen3.5-plus': 'other', 'claude-opus-4-6': 'echo' });
  });
});
