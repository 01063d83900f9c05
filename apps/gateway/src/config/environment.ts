import type { Path } from './path.js';
import type { Environment } from './substitute.js';

/** An environment variable that the gateway knows. */
export interface KnownVariable {
  name: string;
  /** The key that it sets, if it sets one. Of two variables for one key the later one in the list wins. */
  path?: Path;
  secret?: true;
  about: string;
  example: string;
}

/** Every one of them, for the reference page and `.env.example` too. An empty variable counts as not set. */
export const knownVariables: readonly KnownVariable[] = [
  { name: 'OPENCLAW_GATEWAY_PORT', path: ['gateway', 'port'], about: 'The port to listen on.', example: '18789' },
  {
    name: 'OPENCLAW_GATEWAY_BIND',
    path: ['gateway', 'bind'],
    about: 'The address to listen on: loopback, lan, all or an IP address.',
    example: 'loopback',
  },
  {
    name: 'DATABASE_URL',
    path: ['database', 'url'],
    secret: true,
    about: 'A PostgreSQL server instead of the embedded one.',
    example: 'postgres://openclaw:password@localhost:5432/openclaw',
  },
  {
    name: 'GATEWAY_AUTH_TOKEN',
    path: ['gateway', 'auth', 'token'],
    secret: true,
    about: 'Another name for OPENCLAW_GATEWAY_TOKEN, which wins where both are set.',
    example: 'change-me',
  },
  {
    name: 'OPENCLAW_GATEWAY_TOKEN',
    path: ['gateway', 'auth', 'token'],
    secret: true,
    about: 'The operator token.',
    example: 'change-me',
  },
  {
    name: 'OPENCLAW_GATEWAY_PASSWORD',
    path: ['gateway', 'auth', 'password'],
    secret: true,
    about: 'The operator password, for gateway.auth.mode "password".',
    example: 'change-me',
  },
  {
    name: 'OPENCLAW_LOG_LEVEL',
    path: ['logging', 'level'],
    about: 'The least severe level that is logged: debug, info, warn or error.',
    example: 'info',
  },
  {
    name: 'OPENCLAW_SECRET_KEY',
    secret: true,
    about:
      'Encrypts stored secrets: 32 bytes in base64 or hex, or a passphrase. Without it `<home>/secret.key` is used, and made at first need. Replicas need the same key.',
    example: 'change-me',
  },
  { name: 'OPENCLAW_HOME', about: 'The data folder; `~/.openclaw` without it.', example: '/var/lib/openclaw' },
  {
    name: 'OPENCLAW_CONFIG',
    about: 'One configuration file (.yaml, .yml, .json5 or .json) to use instead of the two standard ones.',
    example: '/etc/openclaw/gateway.yaml',
  },
];

/** The variables that are set and set a key. */
export function variablesThatSetKeys(environment: Environment): { name: string; path: Path; text: string }[] {
  return knownVariables.flatMap(({ name, path }) => {
    const text = environment[name];
    return path && text !== undefined && text !== '' ? [{ name, path, text }] : [];
  });
}
