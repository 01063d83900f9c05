import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

/** What came in one frame; tests look into frames of every shape. */
export type Frame = ReturnType<typeof JSON.parse>;

export interface Closing {
  code: number;
  reason: string;
}

/** A WebSocket client that keeps what it was sent until a test asks for it. */
export class SocketClient {
  readonly closed: Promise<Closing>;
  /** Everything so far, in order. */
  readonly frames: Frame[] = [];
  private read = 0;
  private readonly watchers = new Set<() => void>();
  private closing: Closing | undefined;

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString('utf8')));
      this.notify();
    });
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => {
        this.closing = { code, reason: reason.toString() };
        resolve(this.closing);
        this.notify();
      });
    });
    // Told by 'close' as well.
    ws.on('error', () => undefined);
  }

  /** Connects to a gateway's `/ws`; with a token it also says who it is. Rejects with what the server answered instead. */
  static async open(url: string, token?: string, options: ClientOptions = {}): Promise<SocketClient> {
    const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, options);
    const client = new SocketClient(ws);
    await once(ws, 'open');
    if (token !== undefined) {
      client.send({ type: 'auth', token });
      await client.next((frame) => frame.type === 'auth_success');
    }
    return client;
  }

  /** A string or bytes go out as they are. */
  send(frame: object | string | Buffer): void {
    this.ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** The first unread frame that is wanted, without reading past it; rejects when the socket closes without one. */
  async next(wanted: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      while (this.read < this.frames.length) {
        const frame: Frame = this.frames[this.read++];
        if (wanted(frame)) return frame;
      }
      if (this.closing) throw new Error(`closed with ${this.closing.code} ${this.closing.reason}`);
      await this.changed();
    }
  }

  async of(type: string): Promise<Frame> {
    return this.next((frame) => frame.type === type);
  }

  /** Settles when everything so far fulfils the condition; rejects when the socket closes before. */
  async until(condition: (frames: Frame[]) => boolean): Promise<Frame[]> {
    while (!condition(this.frames)) {
      if (this.closing) throw new Error(`closed with ${this.closing.code} ${this.closing.reason}`);
      await this.changed();
    }
    return this.frames;
  }

  async close(): Promise<Closing> {
    this.ws.close();
    return this.closed;
  }

  private changed(): Promise<void> {
    return new Promise((resolve) => {
      const watcher = () => {
        this.watchers.delete(watcher);
        resolve();
      };
      this.watchers.add(watcher);
    });
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

/** The answer to a request for an upgrade that was not granted. */
export async function refusal(url: string, options: ClientOptions = {}): Promise<{ status: number; body: Frame }> {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, options);
  ws.on('error', () => undefined);
  const [, response] = await once(ws, 'unexpected-response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, body: JSON.parse(text) };
}
