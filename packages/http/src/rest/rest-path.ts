import { NotFound } from '@openclaw/core';
import type { NextFunction, Request, Response } from 'express';

/** Whoever looks after the gateway still wants to know how it is. */
const HEALTH = '/api/v1/health';

/** As long as the REST API is turned off there is nothing below /api. */
export function onlyIfRestIsOn(req: Request, res: Response, next: NextFunction): void {
  const { path } = req;
  if (res.locals.call.settings.restEnabled || !path.startsWith('/api/') || path === HEALTH) return next();
  throw new NotFound('The REST API is off; api.enabled turns it on in the configuration');
}
