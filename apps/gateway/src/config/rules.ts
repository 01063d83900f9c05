import { isSoundSecret } from '@openclaw/core';
import type { BrokenRule } from './broken-rule.js';
import { channelRules } from './channel-rules.js';
import type { Path } from './path.js';
import type { ConfigValues } from './schema/config.js';
import { namedProviders, type Provider } from './schema/providers.js';
import { bindAddress, isLoopback } from './schema/values.js';

/** What the schema cannot say of one key alone. */
export function brokenRules(values: ConfigValues): BrokenRule[] {
  return [
    ...portRules(values),
    ...authRules(values),
    ...tokenRules(values),
    ...providerRules(values),
    ...channelRules(values),
    ...embeddingRules(values),
    ...webhookRules(values),
  ];
}

/** Whether callers have to show a secret: any of the three switches turns it off. */
export function authEnabled({ gateway, api }: ConfigValues): boolean {
  return api.auth.enabled && gateway.auth.enabled !== false && gateway.auth.mode !== 'none';
}

/** The mode that is set, or the one that goes with the secrets that are. */
export function authMode({ gateway }: ConfigValues): 'token' | 'password' | 'none' {
  const { mode, enabled, token, password } = gateway.auth;
  if (mode) return mode;
  if (enabled === false) return 'none';
  return password !== undefined && token === undefined ? 'password' : 'token';
}

function portRules({ gateway, api }: ConfigValues): BrokenRule[] {
  if (gateway.port === undefined || api.port === undefined || gateway.port === api.port) return [];
  const why = `is another name of gateway.port, and the two differ: ${api.port} and ${gateway.port}; leave one out`;
  return [{ path: ['api', 'port'], got: String(api.port), wanted: String(gateway.port), why }];
}

function authRules(values: ConfigValues): BrokenRule[] {
  const { bind, auth } = values.gateway;
  const broken: BrokenRule[] = [];
  if (auth.enabled === true && auth.mode === 'none') {
    const why = '"none" contradicts gateway.auth.enabled true; say which of the two is meant';
    broken.push({
      path: ['gateway', 'auth', 'mode'],
      got: '"none"',
      wanted: '"token" or "password", or gateway.auth.enabled false',
      why,
    });
  }
  if (auth.mode === 'password' && auth.password === undefined && authEnabled(values)) {
    const why = 'mode "password" needs a password; set it here or in OPENCLAW_GATEWAY_PASSWORD';
    broken.push({ path: ['gateway', 'auth', 'password'], got: 'nothing', wanted: 'a password', why });
  }
  if (!isLoopback(bindAddress(bind)) && !authEnabled(values)) {
    const why = `with authentication off, everybody who reaches ${bindAddress(bind)} would command the gateway; turn authentication on or bind to "loopback"`;
    broken.push({
      path: ['gateway', 'bind'],
      got: JSON.stringify(bind),
      wanted: '"loopback", or authentication on',
      why,
    });
  }
  return broken;
}

function tokenRules({ api }: ConfigValues): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const names = new Set<string>();
  const secrets = new Set<string>();
  for (const [index, { name, token }] of api.auth.tokens.entries()) {
    const path = ['api', 'auth', 'tokens', index];
    if (names.has(name))
      broken.push({
        path: [...path, 'name'],
        got: JSON.stringify(name),
        wanted: 'a name of its own',
        why: `two tokens are named "${name}"`,
      });
    if (secrets.has(token))
      broken.push({
        path: [...path, 'token'],
        got: 'the secret of an earlier token',
        wanted: 'a secret of its own',
        why: 'this token has the same secret as an earlier one',
      });
    names.add(name);
    secrets.add(token);
  }
  return broken;
}

function providerRules({ providers }: ConfigValues): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const named = namedProviders(providers);
  for (const [name, provider] of named) {
    broken.push(...oneProvider(['providers', name], provider));
    if (!/^fallback-\d+$/.test(name)) continue;
    const why = 'the entries of providers.fallbacks go by such names; take another one';
    broken.push({ path: ['providers', name], got: JSON.stringify(name), wanted: 'another name', why });
  }
  for (const [index, provider] of providers.fallbacks.entries())
    broken.push(...oneProvider(['providers', 'fallbacks', index], provider));
  if (providers.fallbacks.length > 0 && named.length === 0)
    broken.push({
      path: ['providers', 'primary'],
      got: 'nothing',
      wanted: 'a provider',
      why: 'there are fallbacks, but no provider that they stand in for',
    });
  return broken;
}

function oneProvider(path: Path, { type, model, models, api_key, base_url, embeddings_model }: Provider): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const need = (member: string, wanted: string, why: string) =>
    broken.push({ path: [...path, member], got: 'nothing', wanted, why });
  if (type !== 'echo' && model === undefined && models.length === 0)
    need('model', "a model's name", 'the provider needs a model');
  if (type === 'openai-compatible' && base_url === undefined)
    need('base_url', 'a URL', 'type "openai-compatible" needs the address where it answers');
  if (embeddings_model !== undefined && type !== 'openai' && type !== 'openai-compatible') {
    const why = `type "${type}" has no embeddings`;
    const wanted = 'type "openai" or "openai-compatible"';
    broken.push({ path: [...path, 'embeddings_model'], got: JSON.stringify(embeddings_model), wanted, why });
  }
  if ((type === 'openai' || type === 'anthropic') && api_key === undefined && base_url === undefined) {
    need('api_key', 'a key', `type "${type}" needs a key, for example "\${${type.toUpperCase()}_API_KEY}"`);
  }
  return broken;
}

function embeddingRules({ memory, providers }: ConfigValues): BrokenRule[] {
  if (!memory.embeddings) return [];
  const { provider: name } = memory.embeddings;
  const path = ['memory', 'embeddings', 'provider'];
  const all = [
    ...namedProviders(providers),
    ...providers.fallbacks.map((provider, index) => [`fallback-${index + 1}`, provider] as const),
  ];
  const provider = all.find(([other]) => other === name)?.[1];
  if (provider?.type === 'openai' || provider?.type === 'openai-compatible') return [];
  const able = all.filter(([, { type }]) => type.startsWith('openai')).map(([other]) => other);
  const why = provider ? `type "${provider.type}" has no embeddings` : `there is no provider "${name}"`;
  const wanted = able.length > 0 ? `one of ${able.join(', ')}` : 'a provider of type "openai" or "openai-compatible"';
  return [{ path, got: JSON.stringify(name), wanted, why }];
}

function webhookRules({ api }: ConfigValues): BrokenRule[] {
  return api.webhooks.outgoing.flatMap(({ secret }, index) => {
    if (isSoundSecret(secret)) return [];
    const why = 'what stands behind "whsec_" is no base64, and receivers\' libraries would refuse it';
    const path = ['api', 'webhooks', 'outgoing', index, 'secret'];
    return [{ path, got: 'another text', wanted: 'base64 behind "whsec_", or a secret without that prefix', why }];
  });
}
