import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const NOT_ASCII = /[\u0080-\u00ff]+/g;
/** A whole request without a body, in one packet, whose address has bytes in it that should have been percent-encoded. */
const TYPED = /^((?:GET|HEAD|DELETE) )(\/[\u0021-\u007e\u0080-\u00ff]*)( HTTP\/1\.1\r\n)((?:[^\r\n]+\r\n)*\r\n)$/;
const HAS_BODY = /^(?:content-length|transfer-encoding|expect|upgrade)\s*:/im;

/**
 * The request as it should have been sent; undefined where something else is wrong with it. curl and others put a query that a person typed
 * onto the line as it is, in UTF-8, which Node's parser refuses.
 */
export function rewrittenRequest(packet: Buffer | undefined): Buffer | undefined {
  const [, method, address, version, headers] = TYPED.exec(packet?.toString('latin1') ?? '') ?? [];
  if (method === undefined || address === undefined || version === undefined || headers === undefined) return undefined;
  if (HAS_BODY.test(headers)) return undefined;
  const encoded = address.replace(NOT_ASCII, (bytes) =>
    encodeURIComponent(Buffer.from(bytes, 'latin1').toString('utf8')),
  );
  if (encoded === address) return undefined;
  // What comes after it on this connection would still go to the parser that gave up.
  return Buffer.from(`${method}${encoded}${version}Connection: close\r\n${headers}`, 'latin1');
}

/** A connection on which just these bytes come, and whose answers go to the socket. */
export function connectionSaying(request: Buffer, socket: Socket): Duplex {
  const connection = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, encoding, done) => void socket.write(chunk, encoding, done),
    final: (done) => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  Object.assign(connection, {
    remoteAddress: socket.remoteAddress,
    setTimeout: (ms: number) => {
      socket.setTimeout(ms);
      return connection;
    },
  });
  socket.on('timeout', () => connection.emit('timeout'));
  socket.once('close', () => connection.destroy());
  connection.push(request);
  return connection;
}
