import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SkillFunction = (args: object, context: { config: object; secrets: object }) => Promise<unknown>;

/** A skill's function as it stands in its folder. */
export async function loadSkill(name: string): Promise<SkillFunction> {
  const file: string = `../${name}/index.js`;
  return ((await import(file)) as { default: SkillFunction }).default;
}

/** A web service that answers as it is told. */
export class Service implements AsyncDisposable {
  readonly seen: { url: string; method: string; headers: IncomingMessage['headers']; body: string }[] = [];
  answer: { status?: number; headers?: Record<string, string>; body?: unknown } = {};

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Service> {
    const server = createServer((req, res) => {
      let body = '';
      req.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      req.on('end', () => {
        service.seen.push({ url: req.url ?? '', method: req.method ?? '', headers: req.headers, body });
        const { status = 200, headers = {}, body: sent = {} } = service.answer;
        res.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close', ...headers });
        res.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
      });
    }).listen(0, '127.0.0.1');
    const service = new Service(server);
    await once(server, 'listening');
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
