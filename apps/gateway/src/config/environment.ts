import type { Path } from './path.js';
import type { Environment } from './substitute.js';

/** An environment variable that the gateway, or the way it is started, knows. */
export interface KnownVariable {
  name: string;
  /** The key that it sets, if it sets one. Of two variables for one key the later one in the list wins. */
  path?: Path;
  about: string;
}

const telemetry = (key: string) => ['gateway', 'telemetry', key];

/** Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and the page on the SDK's variables beside it. */
const openTelemetry: readonly KnownVariable[] = [
  { name: 'OTEL_SDK_DISABLED', path: telemetry('disabled'), about: 'true turns traces off.' },
  { name: 'OTEL_TRACES_EXPORTER', path: telemetry('exporter'), about: 'otlp or none.' },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    path: telemetry('endpoint'),
    about: 'An OpenTelemetry collector, e.g. http://localhost:4318: turns traces on.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    path: telemetry('tracesEndpoint'),
    about: 'The whole address for traces, in the place of the one above.',
  },
  { name: 'OTEL_EXPORTER_OTLP_HEADERS', path: telemetry('headers'), about: 'Sent along: name=value,other=value.' },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    path: telemetry('headers'),
    about: 'The same for traces alone; wins where both are set.',
  },
  { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', path: telemetry('protocol'), about: 'http/protobuf or http/json.' },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    path: telemetry('protocol'),
    about: 'The same for traces alone; wins where both are set.',
  },
  { name: 'OTEL_EXPORTER_OTLP_TIMEOUT', path: telemetry('timeoutMs'), about: 'In ms, for one export.' },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
    path: telemetry('timeoutMs'),
    about: 'The same for traces alone; wins where both are set.',
  },
  { name: 'OTEL_BSP_SCHEDULE_DELAY', path: telemetry('delayMs'), about: 'In ms, how long spans are gathered.' },
  { name: 'OTEL_SERVICE_NAME', path: telemetry('serviceName'), about: 'What this gateway is called in traces.' },
  {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    path: telemetry('attributes'),
    about: 'Facts about this gateway in traces: name=value,other=value.',
  },
  { name: 'OTEL_TRACES_SAMPLER', path: telemetry('sampler'), about: 'Which traces are kept, e.g. traceidratio.' },
  { name: 'OTEL_TRACES_SAMPLER_ARG', path: telemetry('samplerRatio'), about: 'The ratio for it, 0 to 1.' },
];

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
  ...openTelemetry,
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
