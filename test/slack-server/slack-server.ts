import { EventEmitter, once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type PostEvent, postEvent } from './events-api.ts';
import { SocketMode } from './socket-mode.ts';
import { METHODS } from './web-api.ts';
import { type EventPayload, Workspace, type Writing } from './workspace.ts';

/** What is done to a call instead of answering it. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Takes the call and says nothing. */
  | 'hang'
  /** Hangs up before it has looked at the call. */
  | 'reset'
  /** Does what was asked, and hangs up instead of saying so. */
  | 'reset-after';

export interface ApiCall {
  method: string;
  args: Record<string, string>;
  token: string;
}

/** Starts Slack on 127.0.0.1: Web API, Socket Mode and Events API of one workspace, and whatever goes wrong with them. */
export async function startSlackServer(): Promise<SlackServer> {
  const server = new SlackServer();
  await server.listen();
  return server;
}

export class SlackServer {
  readonly workspace = new Workspace();
  readonly socketMode = new SocketMode();
  readonly calls: ApiCall[] = [];
  /** Where events go in HTTP mode; without it they go through Socket Mode. */
  postTo: PostEvent | undefined;
  private readonly http: Server;
  private readonly sockets = new Set<Socket>();
  private readonly faults = new Map<string, Fault[]>();
  private readonly told = new EventEmitter();
  private readonly ended = new AbortController();
  private broken = false;

  constructor() {
    this.http = createServer((request, response) => {
      this.receive(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.http.on('upgrade', (request, socket, head) => this.socketMode.upgrade(request, socket, head));
    this.http.on('connection', (socket) => {
      if (this.broken) return socket.destroy();
      this.sockets.add(socket);
      return socket.on('close', () => this.sockets.delete(socket));
    });
  }

  get apiRoot(): string {
    return `http://127.0.0.1:${this.port}/api/`;
  }

  /** The next calls of a method, one fault each. */
  fail(method: string, ...faults: Fault[]): void {
    this.faults.set(method, [...(this.faults.get(method) ?? []), ...faults]);
  }

  /** Resolves when so many calls of a method have come in all. */
  async called(method: string, times = 1): Promise<ApiCall> {
    for (;;) {
      const calls = this.calls.filter((call) => call.method === method);
      const found = calls[times - 1];
      if (found) return found;
      await once(this.told, 'call');
    }
  }

  /** Somebody writes. Resolves when it has been told in full, as often as it takes. */
  async write(writing: Writing): Promise<EventPayload[]> {
    const payloads = this.workspace.write(writing);
    await Promise.all(payloads.map((payload) => this.tell(payload)));
    return payloads;
  }

  tell(payload: unknown): Promise<void> {
    if (!this.postTo) return this.socketMode.deliver(payload);
    return postEvent(payload, this.workspace.signingSecret, this.postTo, this.ended.signal);
  }

  /** Slack ends what a token has opened, and answers with this word from now on. */
  revoke(token: string, word: string): void {
    this.workspace.refused.set(token, word);
    if (token === this.workspace.appToken) this.socketMode.drop();
  }

  /** Nobody can connect, and everybody is thrown out. */
  breakDown(): void {
    this.broken = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.broken = false;
  }

  /** Connections that are open at this moment. */
  get openSockets(): number {
    return this.sockets.size;
  }

  async untilNobodyIsConnected(): Promise<void> {
    for (const socket of this.sockets) {
      if (socket.closed) continue;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      // One that a test has let fall silent would not notice.
      socket.resume();
      await closed;
    }
  }

  async listen(): Promise<void> {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
  }

  async close(): Promise<void> {
    this.ended.abort();
    this.socketMode.close();
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    request.setEncoding('utf8');
    for await (const piece of request) text += piece as string;
    const method = (request.url ?? '').replace(/^\/api\//, '');
    const args = Object.fromEntries(new URLSearchParams(text));
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    this.calls.push({ method, args, token });
    this.told.emit('call');
    const fault = this.faults.get(method)?.shift();
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (typeof fault === 'object') {
      response
        .writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers })
        .end(fault.body ?? '<html>no</html>');
      return;
    }
    const answer = this.answer(method, args, token);
    if (fault === 'reset-after') return void request.socket.destroy();
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer));
  }

  private answer(method: string, args: Record<string, string>, token: string): object {
    const { workspace } = this;
    const wanted = method === 'apps.connections.open' ? workspace.appToken : workspace.botToken;
    const refused =
      workspace.refused.get(token) ?? (token === '' ? 'not_authed' : token === wanted ? undefined : 'invalid_auth');
    if (refused !== undefined) return { ok: false, error: refused };
    if (method === 'apps.connections.open')
      return { ok: true, url: `ws://127.0.0.1:${this.port}/link/?ticket=${this.socketMode.ticket()}` };
    const result = METHODS[method]?.(workspace, args) ?? { error: 'unknown_method' };
    return { ok: result.error === undefined, ...result };
  }
}
