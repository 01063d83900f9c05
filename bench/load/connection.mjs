import { connect } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';
const CHUNKED = -1;

/**
 * One keep-alive HTTP/1.1 connection that sends prepared bytes and sees only as much of an answer as it takes to find its
 * end: its cost must not show beside that of what it measures.
 */
export class Connection {
  #socket;
  #pieces = [];
  #size = 0;
  /** Where the answer ends; undefined as long as that cannot be told. */
  #end;
  #marker;
  #firstAt;
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

  /**
   * Sends the bytes of one request; resolves with `{status, bytes, firstAt}` when its answer is whole. `firstAt`: when `marker` was seen in
   * it first, by `performance.now()`.
   */
  exchange(request, marker) {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#answered = resolve;
      this.#failed = reject;
      this.#marker = marker;
      this.#socket.write(request);
    });
  }

  close() {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #receive(bytes) {
    if (this.#marker !== undefined && bytes.includes(this.#marker)) {
      this.#firstAt = performance.now();
      this.#marker = undefined;
    }
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    this.#end ??= endOf(this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces));
    if (this.#end === undefined || (this.#end === CHUNKED ? !this.#lastChunkCame() : this.#size < this.#end)) return;
    const answer = {
      status: Number(this.#pieces[0].latin1Slice(9, 12)),
      bytes: this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces),
      firstAt: this.#firstAt,
    };
    this.#pieces = [];
    this.#size = 0;
    this.#end = this.#firstAt = this.#marker = undefined;
    this.#answered(answer);
  }

  #lastChunkCame() {
    let tail = '';
    for (let at = this.#pieces.length - 1; at >= 0 && tail.length < LAST_CHUNK.length; at--) {
      const piece = this.#pieces[at];
      tail = piece.latin1Slice(Math.max(0, piece.length - LAST_CHUNK.length)) + tail;
    }
    return tail.endsWith(LAST_CHUNK);
  }

  #fail(error) {
    this.#failure ??= error;
    this.#failed?.(this.#failure);
  }
}

/** Where the answer that begins here ends: a number of bytes, or behind its last chunk. Undefined as long as its head is not whole. */
function endOf(bytes) {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.latin1Slice(0, headEnd))?.[1];
  return length === undefined ? CHUNKED : headEnd + HEAD_END.length + Number(length);
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
