import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorAnswer } from '../errors/error-answer.js';
import type { CorsSettings } from '../http-deps.js';
import { allowedOrigin } from '../middleware/cors.js';
import { http } from '../node-http.js';

export const SOCKET_PATH = '/ws';

/** Whether this is a request for our WebSocket; any other upgrade is answered as if it had not asked for one. */
export function asksForSocket(req: IncomingMessage): boolean {
  const path = req.url?.split('?', 1)[0];
  return path === SOCKET_PATH && req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Whether a page of this origin may connect. Programs other than browsers send no origin. Without authentication a page that is of our own
 * origin by name alone is not believed: any site can have its name lead to this machine.
 */
export function mayConnect(req: IncomingMessage, cors: CorsSettings, authenticated: boolean): boolean {
  const { origin } = req.headers;
  if (origin === undefined) return true;
  if (cors.enabled && allowedOrigin(cors, origin) !== undefined) return true;
  const own = URL.parse(origin);
  if (!own || own.host !== req.headers.host) return false;
  return authenticated || /^(localhost|[\d.]+|\[[\da-f:.]+\])$/.test(own.hostname);
}

/** Answers an upgrade that is not granted, as any request that is refused. */
export function refuseUpgrade(socket: Duplex, error: unknown, requestId: string): number {
  const { headers, body } = errorAnswer(error, requestId, false);
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${body.status} ${http.STATUS_CODES[body.status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
  return body.status;
}
