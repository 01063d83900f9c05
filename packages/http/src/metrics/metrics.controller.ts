import { createHash, timingSafeEqual } from 'node:crypto';
import { type Operation, textSchema } from '@openclaw/contracts';
import { Unauthorized } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import { type Access, authorize, bearer } from '../middleware/authorize.js';
import { guesserOf, isLocal } from '../middleware/client-address.js';
import type { Route } from '../router.js';

const docs: Operation = {
  id: 'metrics',
  tag: 'Gateway',
  summary: 'Figures for Prometheus',
  description:
    'Wants `api.metrics.token` where one is configured. Otherwise callers on the gateway’s own machine need no token, others one with the scope `read`. Never counted against a rate limit.',
  answers: {
    200: {
      description: 'The figures, in Prometheus’s text format.',
      other: {
        'text/plain': {
          schema: textSchema(),
          example:
            '# HELP openclaw_streams_active Streamed responses that are being sent.\n# TYPE openclaw_streams_active gauge\nopenclaw_streams_active 0\n',
        },
      },
    },
  },
  errors: [401, 503],
};

export function metricsRoutes({ metricsReader, authenticate, attempts, limiter }: HttpDeps): Route[] {
  const access: Access = { authenticate, attempts, limiter };
  return [
    {
      method: 'get',
      path: '/metrics',
      scopes: 'public',
      docs,
      handle: async (call) => {
        const { metricsToken } = call.settings;
        if (metricsToken !== undefined) await requireToken(call, metricsToken, access);
        else if (!isLocal(call.req, call.address)) await authorize(call, access, ['read'], false);
        const { contentType, text } = await metricsReader.read();
        call.res.setHeader('Content-Type', contentType);
        call.res.setHeader('Cache-Control', 'no-store');
        call.res.end(text);
      },
    },
  ];
}

async function requireToken(call: ApiCall, token: string, { attempts }: Access): Promise<void> {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const shown = bearer(call.req.headers.authorization) ?? '';
  if (timingSafeEqual(digest(shown), digest(token))) return;
  if (shown !== '') await attempts.count(guesserOf(call.req, call.address));
  throw new Unauthorized();
}
