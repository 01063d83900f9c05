import { NotFound } from '@openclaw/core';
import { type Request, type Response, Router } from 'express';
import { readAnyBody } from '../body/read-body.js';
import type { HttpDeps } from '../http-deps.js';

const PATTERN = '/:name{/*rest}';
/** What stands below the channel's name, without the query. */
const BELOW = /^\/channels\/[^/?#]*([^?#]*)/;

/**
 * Requests of chat platforms, `/channels/<name>/…`. They carry no token of ours: the channel checks whose they are, by the body's bytes.
 * One that it does not believe counts against its address like a wrong token.
 */
export function channelRequests({
  channelRequests: requests,
  attempts,
}: Pick<HttpDeps, 'channelRequests' | 'attempts'>): Router {
  const router = Router({ caseSensitive: true });
  router.all(PATTERN, async (req: Request, res: Response) => {
    const { call } = res.locals;
    call.route = '/channels/:name';
    const name = String(req.params.name);
    const body = await readAnyBody(req, call.settings.maxBodyBytes);
    const path = BELOW.exec(req.originalUrl)?.[1] || '/';
    const { method, headers } = req;
    const reply = await requests.execute(name, { method, path, headers, body });
    if (!reply) throw new NotFound(`There is nothing at ${method} /channels${req.path.slice(0, 200)}`);
    if (reply.status === 401 || reply.status === 403) await attempts.count(call.address);
    res.statusCode = reply.status;
    for (const [header, value] of Object.entries(reply.headers ?? {})) res.setHeader(header, value);
    res.end(reply.body ?? '');
  });
  return router;
}
