import type { ApiCall } from './api-call.js';

/** Sends a page, or a part of one, which a browser asks for anew each time. */
export function sendPage({ res }: ApiCall, type: string, body: string | Buffer): void {
  res.setHeader('Content-Type', type);
  res.setHeader('Cache-Control', 'no-cache');
  res.end(body);
}
