import type { IncomingMessage } from 'node:http';
import { InvalidInput, PayloadTooLarge, UnsupportedMediaType } from '@openclaw/core';

const JSON_TYPE = /^application\/(?:json|[\w.!#$&^+-]+\+json)\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]+)/i;

/** The client went away, or was cut off, before its request was whole. Nobody is left to be told. */
export class RequestCutOff extends Error {
  override readonly name = 'RequestCutOff';
}

/** All of a body's bytes, whatever they are; none where there is no body. Throws `PayloadTooLarge`, `RequestCutOff`. */
export function readAnyBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return collect(req, maxBytes);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

/** All of a JSON body's bytes. Throws `UnsupportedMediaType`, `PayloadTooLarge`, `RequestCutOff`. */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = req.headers['content-length'];
  if (!hasBody(req)) throw new InvalidInput('The request has no body; it wants a JSON object');
  requireJson(req);
  if (declared !== undefined && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  return collect(req, maxBytes);
}

async function collect(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  // Most bodies come in one packet with their headers, and are all there when the parser is through with it.
  if (!req.complete) await Promise.resolve();
  return req.complete ? buffered(req, maxBytes) : arriving(req, maxBytes);
}

/** Of a request that has arrived: without waiting for its stream to tell so. */
function buffered(req: IncomingMessage, maxBytes: number): Buffer {
  const body = (req.read() as Buffer | null) ?? Buffer.alloc(0);
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  return body;
}

function arriving(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        chunks.length = 0;
        reject(tooLarge(maxBytes));
      } else {
        chunks.push(chunk);
      }
    });
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)));
    req.on('error', (cause) => reject(new RequestCutOff('the request was cut off', { cause })));
    req.on('close', () => {
      if (!req.complete) reject(new RequestCutOff('the request was cut off'));
    });
  });
}

function requireJson(req: IncomingMessage): void {
  const type = req.headers['content-type'];
  if (type === undefined) throw new UnsupportedMediaType('Content-Type is missing; send application/json');
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new UnsupportedMediaType('The body must not be compressed');
  if (type === 'application/json') return;
  if (!JSON_TYPE.test(type)) throw new UnsupportedMediaType('The body must be sent as Content-Type: application/json');
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') throw new UnsupportedMediaType('The body must be encoded as UTF-8');
}

function tooLarge(maxBytes: number): PayloadTooLarge {
  return new PayloadTooLarge(`The body is larger than the ${maxBytes} bytes allowed`, { details: { limit: maxBytes } });
}
