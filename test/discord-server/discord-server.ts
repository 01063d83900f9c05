import type { IncomingMessage as Request } from 'node:http';
import { GatewaySession, OPCODE } from './gateway-session.js';
import { type VendorAnswer, type VendorCall, VendorServer } from '../vendor-server/vendor-server.js';
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
export class DiscordServer extends VendorServer {
  token: string | undefined = 'local.secret.token';
  readonly self = { id: '100000000000000042', username: 'claw', global_name: 'Claw', bot: true };
  readonly chats = new Set<string>(['200000000000000001']);
  readonly refusing = new Map<string, { status: number; code: number; description: string }>();
  readonly messages: TakenMessage[] = [];
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
  private readonly sockets = new WebSocketServer({ noServer: true });
  /** Discord's ids begin with the time. */
  private nextId = BigInt(Date.now() - 1_420_070_400_000) << 22n;
  private readonly history: Record<string, unknown>[] = [];
  /** Channels that are no direct ones, by their id. */
  readonly servers = new Map<string, string>();

  private constructor() {
    super();
    this.server.on('upgrade', (request, socket, head) => {
      this.upgrades++;
      this.tell();
      // Read all the same, or its end would go unnoticed.
      if (this.silent) return void socket.on('end', () => socket.destroy()).resume();
      this.sockets.handleUpgrade(request, socket, head, (connection) => this.greet(connection));
    });
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

  get calls(): { route: string; body: Record<string, unknown> }[] {
    return this.taken.map(({ of, body }) => ({ route: of, body }));
  }

  /** Sessions live on. */
  override async down(): Promise<void> {
    this.cut();
    await super.down();
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

  untilHeard(op: number, times = 1): Promise<void> {
    return this.until(() => this.heard.filter((heard) => heard.op === op).length >= times);
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
    this.history.push(written);
    this.tellAgain(written);
    return written;
  }

  tellAgain(message: Record<string, unknown>): void {
    for (const session of this.sessions) session.dispatch('MESSAGE_CREATE', message);
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

  protected nameOf({ method }: Request, path: string): string {
    return `${method} ${path.replace(/^\/api\/v10|\?.*/g, '').replaceAll(/\d{15,20}/g, ':id')}`;
  }

  protected async answer(request: Request, { of, path, body }: VendorCall): Promise<VendorAnswer> {
    try {
      if (request.headers.authorization !== `Bot ${this.token}`) throw new Answer(401, 0, '401: Unauthorized');
      const result = this.run(of, path, body);
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
      case 'GET /channels/:id':
        this.mayWrite(chatId);
        return {
          id: chatId,
          ...(this.servers.has(chatId) ? { type: 0, guild_id: this.servers.get(chatId) } : { type: 1 }),
        };
      case 'GET /channels/:id/messages':
        return this.read(chatId, new URL(path, this.url).searchParams);
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

  /** The newest first; as of REST, without what only the gateway says. */
  private read(chatId: string, query: URLSearchParams): unknown {
    this.mayWrite(chatId);
    const before = BigInt(query.get('before') ?? this.nextId);
    return this.history
      .filter(({ channel_id, id }) => channel_id === chatId && BigInt(String(id)) < before)
      .reverse()
      .slice(0, Number(query.get('limit') ?? 50))
      .map(({ guild_id: _guild, member: _member, ...message }) => message);
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
