import { Forbidden } from '@openclaw/core';
import type { NextFunction, Request, Response } from 'express';
import type { HttpSettings } from '../http-deps.js';
import { blockList, isIn, isLoopback } from './client-address.js';

const HEALTH_CHECKS = new Set(['/health', '/api/v1/health']);

/**
 * Turns away who calls from an address that is not on the list, before anything else is looked at. A health check from this very
 * machine is always answered: what supervises the gateway runs there.
 */
export function allowAddress() {
  return (req: Request, res: Response, next: NextFunction): void => {
    const { address, settings } = res.locals.call;
    if (!isAllowed(address, settings) && !(isLoopback(address) && HEALTH_CHECKS.has(req.path))) {
      throw new Forbidden('Calls from your address are not allowed', { details: { address } });
    }
    next();
  };
}

/** Whether calls from this address, as `clientAddress` gives it, are let in. */
export function isAllowed(address: string, { allowedIPs }: Pick<HttpSettings, 'allowedIPs'>): boolean {
  return allowedIPs.length === 0 || isIn(blockList(allowedIPs), address);
}
