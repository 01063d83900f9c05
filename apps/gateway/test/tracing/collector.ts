import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { later } from '../harness/cleanup.js';
import { type ReceivedSpan, spansOfJson, spansOfProtobuf } from './read-spans.js';

/** What OpenTelemetry calls a collector: takes spans by OTLP over HTTP, in both encodings. */
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  readonly requests: { url: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  private readonly watchers = new Set<() => void>();

  constructor(readonly url: string) {}

  take(url: string, headers: IncomingHttpHeaders, body: Buffer): void {
    this.requests.push({ url, headers, body });
    const json = headers['content-type'] === 'application/json';
    this.spans.push(...(json ? spansOfJson(body.toString('utf8')) : spansOfProtobuf(body)));
    for (const look of this.watchers) look();
  }

  /** The first span of which this is true, as soon as it is there. */
  async span(which: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
    for (;;) {
      const found = this.spans.find(which);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const look = () => {
          this.watchers.delete(look);
          resolve();
        };
        this.watchers.add(look);
      });
    }
  }

  below(parent: ReceivedSpan): ReceivedSpan[] {
    return this.spans.filter(({ parentId }) => parentId === parent.spanId);
  }
}

/** Closed at the end of the test file. */
export async function startCollector(): Promise<Collector> {
  const server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('end', () => {
      collector.take(req.url ?? '', req.headers, Buffer.concat(pieces));
      res.setHeader('Content-Type', req.headers['content-type'] ?? '');
      res.end(req.headers['content-type'] === 'application/json' ? '{}' : '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector = new Collector(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  later(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return collector;
}
