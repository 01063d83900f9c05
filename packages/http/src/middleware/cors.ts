import type { NextFunction, Request, Response } from 'express';
import type { CorsSettings } from '../http-deps.js';

const EXPOSED = [
  'X-Request-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
  'X-OpenClaw-Ignored',
].join(', ');
const ACCEPTED = 'Authorization, Content-Type, Accept, X-Request-Id, Idempotency-Key';
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
      res.setHeader('Access-Control-Allow-Headers', ACCEPTED);
      res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
    }
    res.statusCode = 204;
    res.end();
  };
}

function allowedOrigin(settings: CorsSettings, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (settings.origins.includes('*')) return '*';
  return settings.origins.includes(origin) ? origin : undefined;
}
