import type { Path } from './path.js';
import type { Environment } from './substitute.js';

/** An environment variable that the gateway, or the way it is started, knows. */
export interface KnownVariable {
  name: string;
  /** The key that it sets, if it sets one. Of two variables for one key the later one in the list wins. */
  path?: Path;
  about: string;
}

/** Every one of them, for the reference page and `.env.example` too. An empty variable counts as not set. */
export const knownVariables: readonly KnownVariable[] = [
  { name: 'OPENCLAW_GATEWAY_PORT', path: ['gateway', 'port'], about: 'The port to listen on.' },
  {
    name: 'OPENCLAW_GATEWAY_BIND',
    path: ['gateway', 'bind'],
    about: 'The address to listen on: loopback, lan, all or an IP address.',
  },
  {
    name: 'DATABASE_URL',
    path: ['database', 'url'],
    about: 'A PostgreSQL server instead of the embedded one.',
  },
  {
    name: 'GATEWAY_AUTH_TOKEN',
    path: ['gateway', 'auth', 'token'],
    about: 'Another name for OPENCLAW_GATEWAY_TOKEN, which wins where both are set.',
  },
  {
    name: 'OPENCLAW_GATEWAY_TOKEN',
    path: ['gateway', 'auth', 'token'],
    about: 'The operator token.',
  },
  {
    name: 'OPENCLAW_GATEWAY_PASSWORD',
    path: ['gateway', 'auth', 'password'],
    about: 'The operator password, for gateway.auth.mode "password".',
  },
  {
    name: 'OPENCLAW_LOG_LEVEL',
    path: ['logging', 'level'],
    about: 'The least severe level that is logged: debug, info, warn or error.',
  },
  {
    name: 'OPENCLAW_SECRET_KEY',
    about:
      'Encrypts stored secrets: 32 bytes in base64 or hex, or a passphrase. Without it `<home>/secret.key` is used, and made at first need. Replicas need the same key.',
  },
  { name: 'OPENCLAW_HOME', about: 'The data folder; `~/.openclaw` without it.' },
  {
    name: 'OPENCLAW_CONFIG',
    about: 'One configuration file (.yaml, .yml, .json5 or .json) to use instead of the two standard ones.',
  },
  {
    name: 'POSTGRES_PASSWORD',
    about: 'Read by `docker-compose.yml` only: the password of the PostgreSQL that it starts. Letters and digits.',
  },
  {
    name: 'ANTHROPIC_API_KEY',
    about: 'Handed on by `docker-compose.yml`, for `api_key: "${ANTHROPIC_API_KEY}"` in a configuration file.',
  },
  {
    name: 'OPENAI_API_KEY',
    about: 'Handed on by `docker-compose.yml`, for `api_key: "${OPENAI_API_KEY}"` in a configuration file.',
  },
];

/** The variables that are set and set a key. */
export function variablesThatSetKeys(environment: Environment): { name: string; path: Path; text: string }[] {
  return knownVariables.flatMap(({ name, path }) => {
    const text = environment[name];
    return path && text !== undefined && text !== '' ? [{ name, path, text }] : [];
  });
}
