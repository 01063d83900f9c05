import * as z from 'zod';
import { key, section } from './key.js';
import { telemetrySchema } from './telemetry.js';
import { bind, headerSecret, milliseconds, network, whole } from './values.js';

const auth = section({
  enabled: key('Whether callers have to show a secret.', z.boolean().optional(), {
    standard: '`true`, unless mode is `none`',
  }),
  mode: key('Which secret the operator shows.', z.enum(['token', 'password', 'none']).optional(), {
    standard: '`token`; `password` where only a password is set',
  }),
  token: key('The operator token: every scope, tenant "default".', headerSecret().optional(), {
    standard: 'made at the first start, in `<home>/operator-token`',
  }),
  password: key('The operator password, for mode "password".', headerSecret().optional()),
  rateLimit: key(
    'Brakes guessing: too many failed attempts from one address are answered with 429.',
    section({
      maxAttempts: key('Failed attempts that one address has within the window.', whole(1, 1_000_000).default(10)),
      windowMs: key('The window.', milliseconds(1).default(60_000)),
      lockoutMs: key('How long the address is locked out.', milliseconds(1).default(300_000)),
      exemptLoopback: key(
        'Never locks out callers on this machine; who comes through a proxy on it is none of them.',
        z.boolean().default(true),
      ),
    }),
  ),
});

const http = section({
  endpoints: key(
    'Endpoints that are off until asked for.',
    section({
      chatCompletions: key(
        'The OpenAI-compatible endpoints below /v1.',
        section({ enabled: key('Serves /v1/chat/completions and /v1/models.', z.boolean().default(false)) }),
      ),
    }),
  ),
});

export const gatewaySchema = section({
  port: key('The one port for HTTP, SSE and WebSocket; 0 takes any free one.', whole(0, 65_535).optional(), {
    restart: true,
    standard: '`18789`',
  }),
  mode: key('How the gateway runs.', z.enum(['local']).default('local'), { restart: true }),
  bind: key('The address to listen on. Anything beyond loopback needs authentication.', bind().default('loopback'), {
    restart: true,
  }),
  auth: key('Who may call, as far as the operator goes.', auth),
  http: key('HTTP endpoints.', http),
  rate_limit: key(
    'Short form of the limit per token.',
    section({
      requests_per_minute: key(
        'Sets api.rateLimit.perToken to so many requests a minute; it wins where both are set.',
        whole(1, 1_000_000).optional(),
      ),
    }),
  ),
  trustedProxies: key('Proxies whose X-Forwarded-For is believed.', z.array(network()).default([])),
  reload: key(
    '"hot" watches the configuration files and applies what can be changed live; "off" reads them at start only.',
    z.enum(['hot', 'off']).default('hot'),
  ),
  maxBacklog: key(
    'Accepted messages (`wait_for_response: false`) of one tenant that wait to be answered, over all replicas; one that comes on top of them is answered with 503.',
    whole(1, 10_000_000).default(10_000),
  ),
  telemetry: key('Traces for OpenTelemetry, by OTLP over HTTP. Off without an endpoint.', telemetrySchema, {
    restart: true,
    bootstrap: true,
  }),
  drainMs: key('How long running turns and skills may take to finish after SIGTERM.', milliseconds().default(20_000)),
});
