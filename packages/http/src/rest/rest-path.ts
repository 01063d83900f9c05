import { NotFound } from '@openclaw/core';
import type { RequestHandler } from 'express';
import type { Access } from '../middleware/authorize.js';
import { nothingWhere } from '../middleware/nothing-where.js';

/** Whoever looks after the gateway still wants to know how it is. */
const HEALTH = '/api/v1/health';

const OFF = 'The REST API is off; api.enabled turns it on in the configuration';

/** As long as the REST API is turned off there is nothing below /api. */
export function onlyIfRestIsOn(access: Access): RequestHandler {
  return nothingWhere(access, ({ path }, { settings }) =>
    !settings.restEnabled && path.startsWith('/api/') && path !== HEALTH ? new NotFound(OFF) : undefined,
  );
}
