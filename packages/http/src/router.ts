import { MethodNotAllowed, type Scope } from '@openclaw/core';
import { type Request, type Response, Router } from 'express';
import type { ApiCall } from './api-call.js';
import type { HttpDeps } from './http-deps.js';
import { authorize } from './middleware/authorize.js';

/** One line of the API. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'delete';
  /** In Express's spelling. */
  path: string;
  /** Any one of these opens it; `public` needs no token. */
  scopes: readonly Scope[] | 'public';
  /** Document D's own endpoint: its errors carry `success: false`. */
  envelope?: boolean;
  handle(call: ApiCall): Promise<void> | void;
}

/** Tried in the table's order: what is called most stands first. A known path with another method is a 405. */
export function apiRouter(routes: readonly Route[], authenticate: HttpDeps['authenticate']): Router {
  const router = Router({ caseSensitive: true });
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    const point = router.route(path);
    for (const route of ofPath) point[route.method](handler(route, authenticate));
    const allowed = ofPath.map((route) => route.method.toUpperCase());
    if (allowed.includes('GET')) allowed.push('HEAD');
    allowed.push('OPTIONS');
    const envelope = ofPath.some((route) => route.envelope);
    point.all((req: Request, res: Response) => {
      res.locals.call.envelope = envelope;
      if (req.method !== 'OPTIONS') throw new MethodNotAllowed(req.method, allowed);
      res.statusCode = 204;
      res.setHeader('Allow', allowed.join(', '));
      res.end();
    });
  }
  return router;
}

function handler(route: Route, authenticate: HttpDeps['authenticate']) {
  const { scopes, envelope = false } = route;
  return async (_req: Request, res: Response): Promise<void> => {
    const { call } = res.locals;
    call.envelope = envelope;
    if (scopes !== 'public') await authorize(call, authenticate, scopes);
    await route.handle(call);
  };
}
