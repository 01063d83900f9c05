import type { Operation } from '@openclaw/contracts';
import { MethodNotAllowed, type Scope } from '@openclaw/core';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { ApiCall } from './api-call.js';
import { type Access, authorize, recognize } from './middleware/authorize.js';

/** One line of the API. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In Express's spelling. */
  path: string;
  /** Any one of these opens it; `public` needs no token. */
  scopes: readonly Scope[] | 'public';
  /** Document D's own endpoint: its errors carry `success: false`. */
  envelope?: boolean;
  /** Document A's own endpoint: it has its own word for a limit that is reached. */
  article?: boolean;
  /** False for a check that somebody makes by the clock: it is counted against no limit. */
  counted?: boolean;
  /** For the API reference. */
  docs: Operation;
  handle(call: ApiCall): Promise<void> | void;
}

/**
 * The routes without parameters, found in one look: Express tries one pattern after the other. What is written in another way (a slash at the
 * end, HEAD for GET) or is not found goes on to `apiRouter`.
 */
export function plainRoutes(routes: readonly Route[], access: Access): RequestHandler {
  const plain = routes.filter(({ path }) => !/[:*{]/.test(path));
  const handlers = new Map(
    plain.map((route) => [`${route.method.toUpperCase()} ${route.path}`, handler(route, access)]),
  );
  return (req, res, next) => {
    const handle = handlers.get(`${req.method} ${req.path}`);
    if (handle) handle(req, res).catch(next);
    else next();
  };
}

/** Tried in the table's order: what is called most stands first. A known path with another method is a 405. */
export function apiRouter(routes: readonly Route[], access: Access): Router {
  const router = Router({ caseSensitive: true });
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    const point = router.route(path);
    for (const route of ofPath) point[route.method](handler(route, access));
    const allowed = ofPath.map((route) => route.method.toUpperCase());
    if (allowed.includes('GET')) allowed.push('HEAD');
    allowed.push('OPTIONS');
    const envelope = ofPath.some((route) => route.envelope);
    point.all(async (req: Request, res: Response) => {
      res.locals.call.envelope = envelope;
      res.locals.call.route = path;
      if (req.method !== 'OPTIONS') {
        await recognize(res.locals.call, access);
        throw new MethodNotAllowed(req.method, allowed);
      }
      res.statusCode = 204;
      res.setHeader('Allow', allowed.join(', '));
      res.end();
    });
  }
  return router;
}

function handler(route: Route, access: Access) {
  const { scopes, envelope = false, article = false, counted = true } = route;
  return async (_req: Request, res: Response): Promise<void> => {
    const { call } = res.locals;
    call.route = route.path;
    call.envelope = envelope;
    call.article = article;
    if (scopes !== 'public') await authorize(call, access, scopes, counted);
    await route.handle(call);
  };
}
