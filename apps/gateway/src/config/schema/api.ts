import { EVENT_NAMES } from '@openclaw/core';
import * as z from 'zod';
import { describe, key, section } from './key.js';
import {
  headerSecret,
  httpUrl,
  identifier,
  milliseconds,
  network,
  secretText,
  size,
  text,
  time,
  whole,
} from './values.js';

const token = z.strictObject({
  name: key('For people and logs; unique.', text()),
  token: key('The secret that the program shows.', headerSecret()),
  scope: key('What the token opens.', z.array(z.enum(['chat', 'send', 'read', 'admin'])).min(1)),
  rateLimit: key('Requests per minute, instead of api.rateLimit.perToken.', whole(1, 1_000_000).optional()),
  tenant: key('Whose data the token sees.', identifier().default('default')),
  expiresAt: key('From then on the token is refused.', time().optional()),
});

const limit = (maxRequests: number) =>
  section({
    windowMs: key('The window.', milliseconds(1).default(60_000)),
    maxRequests: key('Requests within the window.', whole(1, 10_000_000).default(maxRequests)),
  });

const webhook = z.strictObject({
  url: key('Where to POST the events.', httpUrl()),
  secret: key('Signs the events.', secretText()),
  events: key('Which events.', z.array(z.enum(EVENT_NAMES)).min(1)),
  retry: key(
    'What happens when the endpoint does not take an event.',
    section({
      maxAttempts: key('Attempts before the delivery is kept as dead.', whole(1, 100).default(3)),
      backoffMs: key(
        'Before the second attempt; doubles, with jitter, before each further one.',
        milliseconds(1).default(5_000),
      ),
    }),
  ),
  tenant: key('Whose events.', identifier().default('default')),
  enabled: key('Whether events are delivered.', z.boolean().default(true)),
});

export const apiSchema = section({
  enabled: key(
    'Serves the REST API below /api/v1, of which the health check stays in any case.',
    z.boolean().default(true),
  ),
  port: key('Another name for gateway.port; both set to different ports is an error.', whole(0, 65_535).optional(), {
    restart: true,
    standard: '`gateway.port`',
  }),
  auth: key(
    'Who may call, as far as programs go.',
    section({
      enabled: key(
        'false turns authentication off altogether, as gateway.auth.enabled does.',
        z.boolean().default(true),
      ),
      tokens: key('Tokens of programs. More can be made with `openclaw token create`.', z.array(token).default([])),
    }),
  ),
  rateLimit: key(
    'Limits on requests, over all replicas.',
    section({ global: key('All callers together.', limit(120)), perToken: key('Each token.', limit(60)) }),
  ),
  security: key(
    'Limits on where requests come from and how large they are.',
    section({
      allowedIPs: key(
        'Only these addresses may call; empty allows every one. Health checks from the gateway’s own machine are always answered.',
        z.array(network()).default([]),
      ),
      cors: key(
        'Browsers on other origins.',
        section({
          enabled: key('Answers CORS requests.', z.boolean().optional(), {
            standard: '`true` where authentication is on',
          }),
          origins: key(
            'Allowed origins; "*" allows every one.',
            z
              .array(
                describe(z.string().refine(isOrigin), {
                  wanted: 'an origin such as "https://app.example.com", or "*"',
                }),
              )
              .default(['*']),
          ),
          methods: key(
            'Allowed methods.',
            z
              .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']))
              .default(['GET', 'POST', 'PUT', 'DELETE']),
          ),
        }),
      ),
      maxBodySize: key('The largest request body.', size().default('1MB')),
    }),
  ),
  metrics: key(
    'Figures for Prometheus, at /metrics.',
    section({
      token: key('Opens /metrics, and nothing else does then.', headerSecret().optional(), {
        standard: 'callers on this machine need no token, others one with the scope `read`',
      }),
    }),
  ),
  webhooks: key(
    'Events that the gateway sends to other programs.',
    section({
      allowPrivateNetworks: key('Allows endpoints on private and link-local addresses.', z.boolean().default(false)),
      outgoing: key('The endpoints.', z.array(webhook).default([])),
    }),
  ),
});

function isOrigin(value: string): boolean {
  return value === '*' || value === 'null' || URL.parse(value)?.origin === value;
}
