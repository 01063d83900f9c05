import { DomainError, InvalidInput, type Logger, NotFound, PayloadTooLarge } from '@openclaw/core';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { ApiCall } from '../api-call.js';
import { RequestCutOff } from '../body/read-body.js';
import { type ErrorAnswer, errorAnswer } from '../errors/error-answer.js';
import { openAiError } from '../openai/openai-error.js';
import { isOpenAiPath } from '../openai/openai-path.js';
import type { Access } from './authorize.js';
import { nothingWhere } from './nothing-where.js';
import { SOCKET_PATH } from '../ws/upgrade.js';

export function notFound(access: Access): RequestHandler {
  return nothingWhere(access, nothingAt);
}

function nothingAt(req: Request): NotFound {
  if (req.path === SOCKET_PATH)
    return new NotFound('There is a WebSocket at /ws, and nothing else; connect to it with a WebSocket client');
  return new NotFound(`There is nothing at ${req.method} ${req.path.slice(0, 200)}`);
}

/** The last stop of everything that was thrown. */
export function answerErrors(logger: Logger) {
  // Express tells error handlers by their four parameters.
  return (thrown: unknown, req: Request, res: Response, _next: NextFunction): void => {
    const { call } = res.locals;
    if (call.left || res.destroyed || thrown instanceof RequestCutOff) return;
    const error = undecodable(thrown) ? new InvalidInput('The address is not properly percent-encoded') : thrown;
    if (!(error instanceof DomainError)) {
      logger.error('request failed', { error, request_id: call.id, method: req.method, path: req.path });
    }
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const { headers, status, body } = isOpenAiPath(req.path)
      ? openAiError(error, call.id)
      : rendered(errorAnswer(error, call.id, call.envelope, call.article));
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    if (error instanceof PayloadTooLarge) replyAndLinger(call, status, body);
    else call.reply(status, body);
  };
}

function rendered({ headers, body }: ErrorAnswer) {
  return { headers, status: body.status, body };
}

/** Express's router marks what `decodeURIComponent` threw at a path with the status 400. */
function undecodable(error: unknown): boolean {
  return error instanceof URIError;
}

/** Long enough for any sane client to have sent the rest, or to have noticed that it need not. */
const LINGER_MS = 5_000;

/**
 * Answers, then goes on reading for a while what the client is still sending: were the connection closed under it, the
 * client would see a reset instead of its answer.
 */
function replyAndLinger(call: ApiCall, status: number, body: object): void {
  const { req, res } = call;
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  });
  res.write(text);
  const timer = setTimeout(() => res.end(), LINGER_MS);
  res.once('close', () => clearTimeout(timer));
  req.once('end', () => res.end());
  if (req.readableEnded) res.end();
  else req.resume();
}
