import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/**
 * One keep-alive HTTP/1.1 connection that sends prepared bytes and sees only as much of an answer as it takes to find its
 * end: its cost must not show beside that of what it measures.
 */
export class Connection {
  #socket;
  #pending = NOTHING;
  #answered;
  #failed;
  #failure;

  static async open(url) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  constructor(socket) {
    this.#socket = socket;
    socket.removeAllListeners('error');
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** Sends the bytes of one request; resolves with `{status, bytes}` when its answer is whole. */
  exchange(request) {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close() {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #receive(bytes) {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const end = endOf(all);
    if (end > all.length) {
      this.#pending = all;
      return;
    }
    this.#pending = NOTHING;
    this.#answered({ status: Number(all.latin1Slice(9, 12)), bytes: all });
  }

  #fail(error) {
    this.#failure ??= error;
    this.#failed?.(this.#failure);
  }
}

/** Where the answer that begins here ends; infinity as long as that cannot be told. */
function endOf(bytes) {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return Infinity;
  const head = bytes.latin1Slice(0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return headEnd + HEAD_END.length + Number(length);
  const chunked = bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  return chunked ? bytes.length : Infinity;
}

/** A request as bytes. `body` is sent as JSON, if there is one. */
export function requestBytes(url, { method = 'POST', token, body }) {
  const { host, pathname, search } = new URL(url);
  const json = body === undefined ? '' : JSON.stringify(body);
  const lines = [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`, 'Accept: */*'];
  if (token !== undefined) lines.push(`Authorization: Bearer ${token}`);
  if (json !== '') lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(json)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${json}`);
}
