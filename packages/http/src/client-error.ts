import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AddressTooLong, type DomainError, InvalidInput, PayloadTooLarge, RequestTimeout, newId } from '@openclaw/core';
import type { Response } from 'express';
import { errorAnswer } from './errors/error-answer.js';
import { http } from './node-http.js';
import { connectionSaying, rewrittenRequest } from './raw-address.js';

/** How long a client may take to read what it did wrong. */
const LINGER_MS = 2_000;
const HEADERS_TOO_LARGE = 431;
const ADDRESS_BYTES_LOOKED_AT = 16_384;

interface SocketError extends Error {
  code?: string;
  /** What came last; of a request that is refused for its size, its beginning. */
  rawPacket?: Buffer;
}

/**
 * Answers what never became a request: garbage, headers too large, too slow. `inFlight` is the response that the connection is
 * waiting for, if any; `again` takes a connection on which the request comes as it should have been sent.
 */
export class ClientErrors {
  private readonly answered = new WeakSet<Socket>();

  constructor(
    private readonly inFlight: (socket: Socket) => Response | undefined,
    private readonly again: (connection: Duplex) => void,
  ) {}

  answer(cause: SocketError, socket: Socket): void {
    // The parser complains again about each piece that comes after the first bad one.
    if (this.answered.has(socket)) return;
    this.answered.add(socket);
    const res = this.inFlight(socket);
    if (cause.code === 'ECONNRESET' || !socket.writable || res?.headersSent) {
      socket.destroy();
      return;
    }
    const rewritten = cause.code === 'HPE_INVALID_URL' && !res ? rewrittenRequest(cause.rawPacket) : undefined;
    if (rewritten) return this.again(connectionSaying(rewritten, socket));
    const { status, error } = domainError(cause);
    const requestId = (res?.locals as Partial<Response['locals']> | undefined)?.call?.id ?? newId('req');
    const { body } = errorAnswer(error, requestId, false);
    body.status = status;
    if (res) res.statusCode = status;
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${text}`,
    );
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }
}

function domainError(cause: SocketError): { status: number; error: DomainError } {
  switch (cause.code) {
    case 'HPE_HEADER_OVERFLOW':
      if (isStillInAddress(cause.rawPacket))
        return { status: 414, error: new AddressTooLong('The address is too long', { cause }) };
      return { status: HEADERS_TOO_LARGE, error: new PayloadTooLarge('The headers are too large', { cause }) };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, error: new RequestTimeout('The request did not arrive in time', { cause }) };
    default:
      return { status: 400, error: new InvalidInput('This is not an HTTP request that can be understood', { cause }) };
  }
}

/** Whether the first line is not over where the parser gave up. */
function isStillInAddress(packet: Buffer | undefined): boolean {
  return packet !== undefined && /^[A-Z]+ \S+$/.test(packet.toString('latin1', 0, ADDRESS_BYTES_LOOKED_AT));
}
