import type { NotFound } from '@openclaw/core';
import type { Request, RequestHandler } from 'express';
import type { ApiCall } from '../api-call.js';
import { type Access, recognize } from './authorize.js';

/** Where `missing` gives an error, that is the answer, to everybody: see `recognize`. All else goes on. */
export function nothingWhere(
  access: Access,
  missing: (req: Request, call: ApiCall) => NotFound | undefined,
): RequestHandler {
  return (req, res, next) => {
    const { call } = res.locals;
    const error = missing(req, call);
    if (!error) return next();
    recognize(call, access).then(() => next(error), next);
  };
}
