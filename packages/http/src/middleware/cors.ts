import type { NextFunction, Request, Response } from 'express';
import type { CorsSettings } from '../http-deps.js';

const EXPOSED = [
  'X-Request-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
  'X-OpenClaw-Ignored',
  'Idempotent-Replayed',
  'X-OpenClaw-Message-Id',
  'X-OpenClaw-Memory',
].join(', ');
const ACCEPTED =
  'Authorization, Content-Type, Accept, X-Request-Id, Idempotency-Key, Last-Event-ID, X-OpenClaw-Detach, X-OpenClaw-Agent-Id, X-OpenClaw-Session-Key, traceparent, tracestate';
/** What the official OpenAI clients send along, each release a few more of them. */
const CLIENTS_OWN = /^(?:x-stainless-[a-z-]{1,40}|openai-[a-z-]{1,40}|user-agent)$/;
const MOST_CLIENTS_OWN = 20;
const PREFLIGHT_SECONDS = '600';

/** Lets browsers of the configured origins in. A preflight needs no token: browsers send none with it. */
export function cors() {
  return (req: Request, res: Response, next: NextFunction): void => {
    const settings = res.locals.call.settings.cors;
    if (!settings.enabled) return next();
    const allowed = allowedOrigin(settings, req.headers.origin);
    if (!settings.origins.includes('*')) res.setHeader('Vary', 'Origin');
    if (allowed !== undefined) res.setHeader('Access-Control-Allow-Origin', allowed);
    const preflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
    if (!preflight || req.headers.origin === undefined) {
      if (allowed !== undefined) res.setHeader('Access-Control-Expose-Headers', EXPOSED);
      return next();
    }
    if (allowed !== undefined) {
      res.setHeader('Access-Control-Allow-Methods', settings.methods.join(', '));
      res.setHeader('Access-Control-Allow-Headers', accepted(req.headers['access-control-request-headers']));
      res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
    }
    res.statusCode = 204;
    res.end();
  };
}

/** What to answer to a page of this origin; undefined for one that is not let in. */
export function allowedOrigin(settings: CorsSettings, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (settings.origins.includes('*')) return '*';
  return settings.origins.includes(origin) ? origin : undefined;
}

function accepted(asked: string | undefined): string {
  const own = (asked ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => CLIENTS_OWN.test(name));
  return [ACCEPTED, ...own.slice(0, MOST_CLIENTS_OWN)].join(', ');
}
