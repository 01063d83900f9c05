import { EventEmitter, once } from 'node:events';
import { type IncomingMessage as Request, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewaySession, OPCODE } from './gateway-session.js';
import { type WebSocket, WebSocketServer } from 'ws';

/** What Discord has taken. */
export interface TakenMessage {
  chatId: string;
  messageId: string;
  text: string;
  nonce?: string;
  allowed_mentions?: unknown;
  flags?: number;
}

export interface Fault {
  /** `POST /channels/:id/messages` and the like; any when left out. */
  route?: string;
  /** `hang`: never an answer; `reset`: the connection breaks before the call counts; `lose`: after it. */
  how: 'hang' | 'reset' | 'lose' | { status: number; body: string; headers?: Record<string, string> };
}

/** Answers of the REST API. */
class Answer extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    description: string,
    readonly errors?: unknown,
  ) {
    super(description);
  }
}

const INTENT_MESSAGE_CONTENT = 1 << 15;

/**
 * Discord's REST API and gateway on this machine: what the documentation promises, as strict as the real one where it matters (lengths, nonces, intents,
 * sessions that are resumed), and with faults on demand.
 */
export class DiscordServer {
  token: string | undefined = 'local.secret.token';
  readonly self = { id: '100000000000000042', username: 'claw', global_name: 'Claw', bot: true };
  readonly chats = new Set<string>(['200000000000000001']);
  readonly refusing = new Map<string, { status: number; code: number; description: string }>();
  readonly messages: TakenMessage[] = [];
  readonly calls: { route: string; path: string; body: Record<string, unknown> }[] = [];
  readonly faults: Fault[] = [];
  /** What clients have sent over the gateway, by opcode. */
  readonly heard: { op: number; d: unknown }[] = [];
  readonly sessions: GatewaySession[] = [];
  /** Not switched on in the portal. */
  withoutMessageContent = false;
  sessionsLeft = 1_000;
  heartbeatMs = 45_000;
  /** The gateway takes connections and does not answer them. */
  silent = false;
  /** The gateway hears nothing any more. */
  deaf = false;
  upgrades = 0;
  private readonly happened = new EventEmitter().setMaxListeners(0);
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private readonly sockets = new WebSocketServer({ noServer: true });
  private nextId = 300_000_000_000_000_000n;
  private port = 0;

  private constructor() {
    this.server.on('upgrade', (request, socket, head) => {
      this.upgrades++;
      this.tell();
      // Read all the same, or its end would go unnoticed.
      if (this.silent) return void socket.on('end', () => socket.destroy()).resume();
      this.sockets.handleUpgrade(request, socket, head, (connection) => this.greet(connection));
    });
    this.server.on('connection', (socket) =>
      socket.once('close', () => setImmediate(() => this.happened.emit('closed'))),
    );
  }

  static async start(): Promise<DiscordServer> {
    const server = new DiscordServer();
    await server.up();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/api`;
  }

  get gatewayUrl(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Nobody listens, and every connection is broken. Sessions live on. */
  async down(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    this.server.closeAllConnections();
    await closed;
  }

  /** Breaks the connections of the gateway. */
  cut(): void {
    for (const connection of this.sockets.clients) connection.terminate();
  }

  /** Ends the connections of the gateway in Discord's way. */
  closeGateway(code: number): void {
    for (const connection of this.sockets.clients) connection.close(code);
  }

  say(op: number, d: unknown = null): void {
    for (const connection of this.sockets.clients) connection.send(JSON.stringify({ op, d, s: null, t: null }));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.happened, 'happened');
  }

  untilHeard(op: number, times = 1): Promise<void> {
    return this.until(() => this.heard.filter((heard) => heard.op === op).length >= times);
  }

  untilCalled(route: string, times = 1): Promise<void> {
    return this.until(() => this.calls.filter((call) => call.route === route).length >= times);
  }

  /** Resolves when so many connections are open, those of the gateway included. */
  async untilConnections(enough: (count: number) => boolean): Promise<void> {
    for (;;) {
      const count = await new Promise<number>((resolve, reject) =>
        this.server.getConnections((error, open) => (error ? reject(error) : resolve(open))),
      );
      if (enough(count)) return;
      await once(this.happened, 'closed');
    }
  }

  /** Somebody writes, in a direct message unless `message` says something else. Sessions that are not connected hear it when they are resumed. */
  write(message: Record<string, unknown>): Record<string, unknown> {
    const written = {
      id: String(this.nextId++),
      channel_id: '200000000000000001',
      author: { id: '400000000000000077', username: 'ada', global_name: 'Ada Lovelace' },
      content: '',
      timestamp: new Date().toISOString(),
      type: 0,
      mentions: [],
      attachments: [],
      ...message,
    };
    this.tellAgain(written);
    return written;
  }

  tellAgain(message: Record<string, unknown>): void {
    for (const session of this.sessions) session.dispatch('MESSAGE_CREATE', message);
  }

  private tell(): void {
    this.happened.emit('happened');
  }

  private greet(connection: WebSocket): void {
    let session: GatewaySession | undefined;
    const send = (op: number, d: unknown) => connection.send(JSON.stringify({ op, d, s: null, t: null }));
    connection.on('close', () => session?.leave(connection));
    connection.on('message', (data) => {
      if (this.deaf) return;
      const { op, d } = JSON.parse(String(data)) as { op: number; d: Record<string, unknown> };
      this.heard.push({ op, d });
      if (op === OPCODE.heartbeat) send(OPCODE.heartbeatAck, null);
      if (op === OPCODE.identify || op === OPCODE.resume) {
        if (d.token !== this.token) connection.close(4004, 'Authentication failed.');
        else if (op === OPCODE.identify) session = this.identify(connection, Number(d.intents));
        else session = this.resume(connection, d);
      }
      this.tell();
    });
    send(OPCODE.hello, { heartbeat_interval: this.heartbeatMs });
  }

  private identify(connection: WebSocket, intents: number): GatewaySession | undefined {
    if (this.withoutMessageContent && intents & INTENT_MESSAGE_CONTENT) {
      connection.close(4014, 'Disallowed intent(s).');
      return undefined;
    }
    const session = new GatewaySession(`session-${this.sessions.length}`);
    this.sessions.push(session);
    session.join(connection);
    const { self, gatewayUrl } = this;
    session.dispatch('READY', {
      v: 10,
      user: self,
      session_id: session.id,
      resume_gateway_url: gatewayUrl,
      guilds: [],
    });
    return session;
  }

  private resume(connection: WebSocket, { session_id, seq }: Record<string, unknown>): GatewaySession | undefined {
    const session = this.sessions.find(({ id }) => id === session_id);
    if (!session) {
      connection.send(JSON.stringify({ op: OPCODE.invalidSession, d: false, s: null, t: null }));
      return undefined;
    }
    session.join(connection);
    session.replay(Number(seq));
    return session;
  }

  private async serve(request: Request, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const path = decodeURIComponent(request.url ?? '').replace(/^\/api\/v10/, '');
    const route = `${request.method} ${path.replaceAll(/\d{15,20}/g, ':id')}`;
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
    this.calls.push({ route, path, body });
    this.tell();
    const at = this.faults.findIndex((fault) => fault.route === undefined || fault.route === route);
    const how = at < 0 ? undefined : this.faults.splice(at, 1)[0]?.how;
    if (how === 'hang') return;
    if (how === 'reset') return void request.socket.destroy();
    if (typeof how === 'object') return void response.writeHead(how.status, how.headers).end(how.body);
    const [status, answer] = this.answer(request, route, path, body);
    if (how === 'lose') return void request.socket.destroy();
    response.writeHead(status, answer === undefined ? {} : { 'content-type': 'application/json' });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  }

  private answer(request: Request, route: string, path: string, body: Record<string, unknown>): [number, unknown?] {
    try {
      if (request.headers.authorization !== `Bot ${this.token}`) throw new Answer(401, 0, '401: Unauthorized');
      const result = this.run(route, path, body);
      return result === undefined ? [204] : [200, result];
    } catch (error) {
      if (!(error instanceof Answer)) throw error;
      const { status, code, message, errors } = error;
      return [status, { message, code, ...(errors !== undefined && { errors }) }];
    }
  }

  private run(route: string, path: string, body: Record<string, unknown>): unknown {
    const [chatId = '', messageId] = path.match(/\d{15,20}/g) ?? [];
    switch (route) {
      case 'GET /gateway/bot': {
        const session_start_limit = { total: 1_000, remaining: this.sessionsLeft, reset_after: 60, max_concurrency: 1 };
        return { url: this.gatewayUrl, shards: 1, session_start_limit };
      }
      case 'GET /users/@me':
        return this.self;
      case 'POST /channels/:id/typing':
        this.mayWrite(chatId);
        return undefined;
      case 'POST /channels/:id/messages':
        return this.take(chatId, body);
      case 'PATCH /channels/:id/messages/:id':
        return this.change(chatId, messageId, body);
      default:
        throw new Answer(404, 0, '404: Not Found');
    }
  }

  private mayWrite(chatId: string): void {
    const refusal = this.refusing.get(chatId);
    if (refusal) throw new Answer(refusal.status, refusal.code, refusal.description);
    if (!this.chats.has(chatId)) throw new Answer(404, 10_003, 'Unknown Channel');
  }

  private take(chatId: string, body: Record<string, unknown>): unknown {
    this.mayWrite(chatId);
    const text = textIn(body);
    const { nonce, enforce_nonce, allowed_mentions, flags } = body;
    const there = enforce_nonce === true ? this.messages.find((message) => message.nonce === nonce) : undefined;
    if (there) return { id: there.messageId, channel_id: there.chatId, content: there.text };
    const messageId = String(this.nextId++);
    this.messages.push({ chatId, messageId, text, nonce: String(nonce), allowed_mentions, flags: Number(flags ?? 0) });
    this.tell();
    return { id: messageId, channel_id: chatId, content: text };
  }

  private change(chatId: string, messageId: string | undefined, body: Record<string, unknown>): unknown {
    this.mayWrite(chatId);
    const message = this.messages.find((taken) => taken.chatId === chatId && taken.messageId === messageId);
    if (!message) throw new Answer(404, 10_008, 'Unknown Message');
    Object.assign(message, { text: textIn(body), allowed_mentions: body.allowed_mentions, flags: body.flags });
    this.tell();
    return { id: messageId, channel_id: chatId };
  }
}

function textIn({ content }: Record<string, unknown>): string {
  const text = String(content ?? '');
  if (text.trim() === '') throw new Answer(400, 50_006, 'Cannot send an empty message');
  if (Array.from(text).length > 2_000)
    throw new Answer(400, 50_035, 'Invalid Form Body', {
      content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }] },
    });
  return text;
}
