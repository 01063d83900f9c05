import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { later } from '../harness/index.js';

export const CHAT_SECRET = 'the secret of this chat';

export interface TakenMessage {
  id: string;
  chatId: string;
  text: string;
  at: number;
}

/** What happens to a request instead of being taken. */
export type Fault = 'busy' | 'broken' | 'html' | 'hang' | 'reset';

/** An in-house chat, as the webhook channel speaks with it: takes what is signed, unless it is told to misbehave. */
export class ChatServer {
  readonly taken: TakenMessage[] = [];
  /** Which requests go wrong, by their number from 1 on. */
  fault: (request: number, chatId: string) => Fault | undefined = () => undefined;
  /** How long it takes to say yes, in ms. */
  delayMs = 0;
  private requests = 0;
  private written = 0;
  private readonly watchers = new Set<() => void>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ChatServer> {
    const server = createServer((request, response) => void chat.receive(request, response));
    const chat = new ChatServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    later(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return chat;
  }

  /** `channels.webhook` for this chat. */
  get settings() {
    const { port } = this.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/messages`, secret: CHAT_SECRET };
  }

  /** Somebody writes; `id` names the delivery. */
  async write(gatewayUrl: string, message: object, id = `chat-${++this.written}`): Promise<Response> {
    const body = JSON.stringify({ from: { id: 'ada', name: 'Ada' }, ...message });
    const seconds = String(Math.floor(Date.now() / 1_000));
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': sign(id, seconds, body),
    };
    return fetch(`${gatewayUrl}/channels/webhook`, { method: 'POST', headers, body });
  }

  /** Settles when this holds; looks after each request. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds())
      await new Promise<void>((resolve) => {
        this.watchers.add(resolve);
      });
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = request.headers;
    if (signature !== sign(String(id), String(seconds), body)) return void response.writeHead(401).end('who are you?');
    const { chatId, text } = JSON.parse(body) as TakenMessage;
    const fault = this.fault(++this.requests, chatId);
    if (fault) this.misbehave(fault, response);
    else {
      if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      this.taken.push({ id: String(id), chatId, text, at: Date.now() });
      response.end(JSON.stringify({ messageId: `m${this.taken.length}` }));
    }
    const watchers = [...this.watchers];
    this.watchers.clear();
    for (const look of watchers) look();
  }

  private misbehave(fault: Fault, response: ServerResponse): void {
    switch (fault) {
      case 'busy':
        return void response.writeHead(429, { 'Retry-After': '1' }).end('{"error":"slow down"}');
      case 'broken':
        return void response.writeHead(500).end('{"error":"oh no"}');
      case 'html':
        return void response.writeHead(502).end('<html><body>Bad gateway</body></html>');
      case 'reset':
        return void response.destroy();
      case 'hang':
      // Nothing ever comes.
    }
  }
}

function sign(id: string, seconds: string, body: string): string {
  return `v1,${createHmac('sha256', CHAT_SECRET).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
