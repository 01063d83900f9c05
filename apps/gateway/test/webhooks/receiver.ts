import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { later } from '../harness/index.js';

/** One request that came in. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  raw: Buffer;
  body: ReceivedBody;
  /** By the wall clock, in ms. */
  at: number;
}

export interface ReceivedBody {
  event: string;
  timestamp: string;
  data: { conversationId?: string; content?: string; messageId?: string; [member: string]: unknown };
  signature: string;
}

/** What a receiver does with a request. */
export type Behaviour = (res: ServerResponse, request: Received, nth: number) => void;

export const takes: Behaviour = (res) => void res.writeHead(204).end();
export const answers =
  (status: number, headers: Record<string, string> = {}, text = ''): Behaviour =>
  (res) =>
    void res.writeHead(status, headers).end(text);
export const hangs: Behaviour = () => undefined;
export const resets: Behaviour = (res) => res.socket?.resetAndDestroy();

/** Somebody's program that takes webhooks, with a path for each endpoint. */
export class Receiver {
  readonly received: Received[] = [];
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly watchers = new Set<() => void>();

  private constructor(readonly url: string) {}

  /** Ends with the test file. */
  static async start(): Promise<Receiver> {
    const server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const raw = Buffer.concat(chunks);
        const path = req.url ?? '';
        const body = JSON.parse(raw.toString('utf8')) as ReceivedBody;
        receiver.take({ path, headers: req.headers, raw, body, at: Date.now() }, res);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new Receiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    later(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }

  on(path: string, behaviour: Behaviour): void {
    this.behaviours.set(path, behaviour);
  }

  at(path: string): Received[] {
    return this.received.filter((request) => request.path === path);
  }

  /** Settles when what came in on a path is what is waited for. */
  async until(path: string, wanted: (received: Received[]) => boolean): Promise<Received[]> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!wanted(this.at(path))) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
    return this.at(path);
  }

  private take(request: Received, res: ServerResponse): void {
    this.received.push(request);
    const behaviour = this.behaviours.get(request.path) ?? takes;
    behaviour(res, request, this.at(request.path).length);
    for (const look of this.watchers) look();
  }
}
