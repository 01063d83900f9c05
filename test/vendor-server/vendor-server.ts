import { EventEmitter, once } from 'node:events';
import { type IncomingMessage as Request, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Fault {
  /** Of which call; of any when left out. */
  of?: string;
  /** `hang`: never an answer; `reset`: the connection breaks before the call counts; `lose`: after it. */
  how: 'hang' | 'reset' | 'lose' | { status: number; body: string; headers?: Record<string, string> };
}

export interface VendorCall {
  /** What the vendor calls it: a method, a route. */
  of: string;
  path: string;
  body: Record<string, unknown>;
}

/** Status and JSON body; without a body when it is undefined. */
export type VendorAnswer = readonly [status: number, body?: unknown];

/** A vendor's JSON API on this machine: it can be away, and do wrong on demand. */
export abstract class VendorServer {
  /** Each is done once, in this order. */
  readonly faults: Fault[] = [];
  protected readonly taken: VendorCall[] = [];
  protected readonly happened = new EventEmitter().setMaxListeners(0);
  protected readonly server = createServer((request, response) => void this.serve(request, response));
  protected port = 0;

  constructor() {
    this.server.on('connection', (socket) =>
      socket.once('close', () => setImmediate(() => this.happened.emit('closed'))),
    );
  }

  async up(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Nobody listens, and every connection is broken. */
  async down(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** Looks again whenever something happened. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.happened, 'happened');
  }

  untilCalled(of: string, times = 1): Promise<void> {
    return this.until(() => this.taken.filter((call) => call.of === of).length >= times);
  }

  /** Resolves when so many connections are open. */
  async untilConnections(enough: (count: number) => boolean): Promise<void> {
    for (;;) {
      const count = await new Promise<number>((resolve, reject) =>
        this.server.getConnections((error, open) => (error ? reject(error) : resolve(open))),
      );
      if (enough(count)) return;
      await once(this.happened, 'closed');
    }
  }

  protected tell(): void {
    this.happened.emit('happened');
  }

  protected abstract nameOf(request: Request, path: string): string;
  /** `gone` is aborted when the caller does not wait any more. */
  protected abstract answer(request: Request, call: VendorCall, gone: AbortSignal): Promise<VendorAnswer>;

  private async serve(request: Request, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const path = decodeURIComponent(request.url ?? '');
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
    const call = { of: this.nameOf(request, path), path, body };
    this.taken.push(call);
    this.tell();
    const at = this.faults.findIndex((fault) => fault.of === undefined || fault.of === call.of);
    const how = at < 0 ? undefined : this.faults.splice(at, 1)[0]?.how;
    if (how === 'hang') return;
    if (how === 'reset') return void request.socket.destroy();
    if (typeof how === 'object') return void response.writeHead(how.status, how.headers).end(how.body);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const [status, answer] = await this.answer(request, call, gone.signal);
    if (how === 'lose') return void request.socket.destroy();
    if (response.destroyed) return;
    response.writeHead(status, answer === undefined ? {} : { 'content-type': 'application/json' });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  }
}
