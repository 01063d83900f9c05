import { NotFound } from '@openclaw/core';
import type { RequestHandler } from 'express';
import { type Access, recognize } from '../middleware/authorize.js';

/** Whoever looks after the gateway still wants to know how it is. */
const HEALTH = '/api/v1/health';

/** As long as the REST API is turned off there is nothing below /api. */
export function onlyIfRestIsOn(access: Access): RequestHandler {
  return (req, res, next) => {
    const { path } = req;
    const { call } = res.locals;
    if (call.settings.restEnabled || !path.startsWith('/api/') || path === HEALTH) return next();
    const off = new NotFound('The REST API is off; api.enabled turns it on in the configuration');
    recognize(call, access).then(() => next(off), next);
  };
}
