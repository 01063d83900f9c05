import { isAbsolute, join, resolve as resolvePath } from 'node:path';
import { authEnabled, authMode } from './rules.js';
import type { ConfigValues } from './schema/config.js';
import { namedProviders, type Provider } from './schema/providers.js';
import { bindAddress, sizeInBytes } from './schema/values.js';

const DEFAULT_PORT = 18_789;

/** With no provider at all the programs printed in the API's public documents still get an answer: from echo. */
const DOCUMENTED_MODELS = { 'claude-sonnet-4-20250514': 'echo', 'claude-opus-4-6': 'echo', 'qwen3.5-plus': 'echo' };

/** Where things lie on this machine. */
export interface Places {
  /** The data folder. */
  home: string;
  /** The person's home folder, for `~/`. */
  userHome: string;
}

/** A provider that can be asked: its name, and whether it stands in for the primary one. */
export type ConfiguredProvider = Provider & { name: string; model: string; fallback: boolean };

/**
 * The values with what is worked out from several of them. What is added here beside the schema's keys (`home`,
 * `authEnabled`, `providerList`, `skillFolders`, `gateway.bindAddress`, `…Bytes`) is for the gateway's own use and never shown.
 */
export function resolveConfig(values: ConfigValues, { home, userHome }: Places) {
  const port = values.gateway.port ?? values.api.port ?? DEFAULT_PORT;
  const auth = authEnabled(values);
  const { providers, models } = withDefaultProvider(values);
  return {
    ...values,
    home,
    authEnabled: auth,
    gateway: {
      ...values.gateway,
      port,
      bindAddress: bindAddress(values.gateway.bind),
      auth: {
        ...values.gateway.auth,
        enabled: values.gateway.auth.enabled ?? values.gateway.auth.mode !== 'none',
        mode: authMode(values),
      },
    },
    api: {
      ...values.api,
      port,
      rateLimit: { ...values.api.rateLimit, perToken: perToken(values) },
      security: {
        ...values.api.security,
        cors: { ...values.api.security.cors, enabled: values.api.security.cors.enabled ?? auth },
        maxBodyBytes: sizeInBytes(values.api.security.maxBodySize),
      },
    },
    providers,
    models,
    providerList: listProviders(providers),
    skillFolders: values.skills.dirs.map((dir) => inHome(dir, home, userHome)),
    logging: {
      ...values.logging,
      dir: inHome(values.logging.dir ?? 'logs', home, userHome),
      maxSizeBytes: sizeInBytes(values.logging.maxSize),
    },
  };
}

function perToken({ gateway, api }: ConfigValues) {
  const perMinute = gateway.rate_limit.requests_per_minute;
  return perMinute === undefined ? api.rateLimit.perToken : { windowMs: 60_000, maxRequests: perMinute };
}

function withDefaultProvider({ providers, models }: ConfigValues): Pick<ConfigValues, 'providers' | 'models'> {
  if (namedProviders(providers).length > 0) return { providers, models };
  const primary: Provider = {
    type: 'echo',
    model: 'echo',
    models: [],
    timeout_ms: 120_000,
    connect_timeout_ms: 10_000,
    max_retries: 2,
  };
  return {
    providers: Object.assign({}, providers, { primary }),
    models: { ...models, aliases: { ...DOCUMENTED_MODELS, ...models.aliases } },
  };
}

/** The primary provider first, then the fallbacks in their order, then the named ones. */
function listProviders(providers: ConfigValues['providers']): ConfiguredProvider[] {
  const named = namedProviders(providers).filter(([name]) => name !== 'primary');
  const first = providers.primary ? [['primary', providers.primary] as const] : named.splice(0, 1);
  return [
    ...first.map(([name, provider]) => configured(name, provider, false)),
    ...providers.fallbacks.map((provider, index) => configured(`fallback-${index + 1}`, provider, true)),
    ...named.map(([name, provider]) => configured(name, provider, false)),
  ];
}

function configured(name: string, provider: Provider, fallback: boolean): ConfiguredProvider {
  const model = provider.model ?? provider.models[0] ?? provider.type;
  return { ...provider, name, model, fallback };
}

/** `~/` is the person's home; what is relative lies in the data folder. */
function inHome(path: string, home: string, userHome: string): string {
  if (path === '~' || path.startsWith('~/')) return join(userHome, path.slice(1));
  return isAbsolute(path) ? path : resolvePath(home, path);
}

type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The configuration as the gateway uses it: complete, valid and frozen to the last member. */
export type GatewayConfig = DeepReadonly<ReturnType<typeof resolveConfig>>;

export function freezeDeep<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freezeDeep(member);
  }
  return value as DeepReadonly<T>;
}
