import type { IncomingMessage } from 'node:http';
import { newId } from '@openclaw/core';

const SANE = /^[A-Za-z0-9._:-]{1,128}$/;

/** What the call is named by: the caller's own name for it, if it sent a sane one. */
export function requestIdOf(req: Pick<IncomingMessage, 'headers'>): string {
  const asked = req.headers['x-request-id'];
  return typeof asked === 'string' && SANE.test(asked) ? asked : newId('req');
}
