import { Forbidden } from '@openclaw/core';
import type { NextFunction, Request, Response } from 'express';
import type { HttpSettings } from '../http-deps.js';
import { blockList, isIn, isLoopback } from './client-address.js';

const HEALTH_CHECKS = new Set(['/health', '/api/v1/health']);

/** The part of a Host header before its port. */
const HOST_NAME = /^(\[[^\]]*\]|[^:]*)/;

/**
 * Turns away who calls from an address that is not on the list, before anything else is looked at. A health check from this very
 * machine is always answered: what supervises the gateway runs there.
 */
export function allowAddress() {
  return (req: Request, res: Response, next: NextFunction): void => {
    const { address, settings } = res.locals.call;
    if (!isAllowed(address, settings) && !(isLoopback(address) && HEALTH_CHECKS.has(req.path))) refuseAddress(address);
    requireOwnName(req.headers.host, settings);
    next();
  };
}

export function refuseAddress(address: string): never {
  throw new Forbidden('Calls from your address are not allowed', { details: { address } });
}

/**
 * Where nobody has to show a secret, a page that has its own name lead to this machine must not call in its visitor's place. Throws
 * `Forbidden` for a name that is not this machine's own.
 */
export function requireOwnName(host: string | undefined, { ownNameOnly }: Pick<HttpSettings, 'ownNameOnly'>): void {
  if (!ownNameOnly || host === undefined || isOwnName(host)) return;
  throw new Forbidden(
    'With authentication off, only calls to localhost or a loopback address are answered; turn authentication on to be called by another name',
    { details: { host } },
  );
}

function isOwnName(host: string): boolean {
  const [name = ''] = HOST_NAME.exec(host.toLowerCase()) ?? [];
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name.replace(/^\[(.*)\]$/, '$1'));
}

/** Whether calls from this address, as `clientAddress` gives it, are let in. */
export function isAllowed(address: string, { allowedIPs }: Pick<HttpSettings, 'allowedIPs'>): boolean {
  return allowedIPs.length === 0 || isIn(blockList(allowedIPs), address);
}
