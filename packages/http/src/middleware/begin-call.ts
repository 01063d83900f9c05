import { AddressTooLong, InvalidInput, type TraceContext, withRequestId } from '@openclaw/core';
import type { NextFunction, Request, Response } from 'express';
import { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import { clientAddress } from './client-address.js';
import { requestIdOf } from './request-id.js';

/** nginx's number for a client that left before it was answered; only ever seen in the log. */
const CLIENT_LEFT = 499;

const LONGEST_ADDRESS = 8_192;

const LOGGED_PATH_CHARS = 1_000;

/** Gives the call its id and address, and writes one line about it when it is over. */
export function beginCall(deps: HttpDeps, draining: () => boolean) {
  const logger = deps.logger.child({ component: 'gateway' });
  return (req: Request, res: Response, next: NextFunction): void => {
    const settings = deps.settings();
    const id = requestIdOf(req);
    const forwarded = req.headers['x-forwarded-for'];
    const address = clientAddress(req.socket.remoteAddress ?? '', forwarded?.toString(), settings.trustedProxies);
    const call = new ApiCall(req, res, id, address, settings, deps.metrics);
    res.locals.call = call;
    call.header('X-Request-Id', id);
    const span = deps.tracer.call({ method: req.method, path: pathOf(req), requestId: id, from: callersTrace(req) });
    if (draining()) res.setHeader('Connection', 'close');
    res.once('close', () => {
      if (!res.writableFinished) call.clientLeft();
      const { route } = call;
      const seconds = (performance.now() - call.startedAt) / 1_000;
      deps.metrics.call({ method: req.method, route, status: statusOf(call), seconds });
      span.end({ route, status: statusOf(call), tenant: call.principal?.tenant });
      logger.info('request', auditLine(call));
    });
    withRequestId(id, next, span);
  };
}

/** Whether it is a request as HTTP has it, and one whose address somebody may mean. Throws `InvalidInput`, `AddressTooLong`. */
export function requireSaneRequest(req: Request, _res: Response, next: NextFunction): void {
  if (req.headers.host === undefined && req.httpVersion === '1.1') throw new InvalidInput('The Host header is missing');
  if (req.url.length > LONGEST_ADDRESS)
    throw new AddressTooLong(`The address is longer than the ${LONGEST_ADDRESS} characters allowed`);
  if (req.url.includes('%00')) throw new InvalidInput('The address has a NUL in it');
  next();
}

function statusOf({ left, res }: ApiCall): number {
  return left && !res.headersSent && res.statusCode === 200 ? CLIENT_LEFT : res.statusCode;
}

function pathOf(req: Request): string {
  const query = req.originalUrl.indexOf('?');
  return req.originalUrl.slice(0, Math.min(query < 0 ? req.originalUrl.length : query, LOGGED_PATH_CHARS));
}

/** Source: https://www.w3.org/TR/trace-context/#http-headers */
function callersTrace(req: Request): TraceContext | undefined {
  const { traceparent, tracestate } = req.headers;
  if (typeof traceparent !== 'string') return undefined;
  return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent };
}

/** Never a body, a query or a secret. */
function auditLine(call: ApiCall): Record<string, unknown> {
  const { req, principal } = call;
  return {
    method: req.method,
    path: pathOf(req),
    status: statusOf(call),
    ms: Math.round((performance.now() - call.startedAt) * 10) / 10,
    token_name: principal?.name,
    tenant: principal?.tenant,
    address: call.address,
    request_id: call.id,
    ...(call.left && { client_left: true }),
  };
}
