import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export type Answer = (res: ServerResponse, req: IncomingMessage) => void;

/** Answers each request with the next of its answers, the last one again and again. */
export class FakeGateway {
  readonly seen: Seen[] = [];
  private answers: Answer[] = [];
  private readonly server: Server = createServer((req, res) => void this.serve(req, res));

  private async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const text = (await collect(req as AsyncIterable<Buffer>)).join('');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    this.seen.push({ method: req.method, url: req.url, headers: req.headers, body });
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    answer?.(res, req);
  }

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  will(...answers: Answer[]): void {
    this.answers = answers;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return (res) => res.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function events(...data: unknown[]): Answer {
  return (res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.end(data.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  };
}
