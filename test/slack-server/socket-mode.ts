import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** Slack waits some seconds for an acknowledgement before it sends an event again; here it is quicker. */
const REDELIVER_MS = 300;

interface Envelope {
  id: string;
  payload: unknown;
  attempt: number;
  acknowledged: () => void;
}

/** What happens to somebody who connects. */
export type Welcome = 'hello' | 'silence' | 'hang' | 'refuse';

/** The other end of Slack's Socket Mode. What is not acknowledged comes again, also through another connection. */
export class SocketMode {
  welcome: Welcome = 'hello';
  /** How many connections there have been. */
  opened = 0;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly open = new Set<WebSocket>();
  private readonly tickets = new Set<string>();
  private readonly pending = new Map<string, Envelope>();
  private readonly timer = setInterval(() => this.redeliver(), REDELIVER_MS);

  ticket(): string {
    const ticket = randomUUID();
    this.tickets.add(ticket);
    return ticket;
  }

  get connections(): WebSocket[] {
    return [...this.open];
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? '';
    if (this.welcome === 'hang') {
      socket.on('end', () => socket.end()).resume();
      return;
    }
    // A ticket opens one connection.
    if (this.welcome === 'refuse' || !this.tickets.delete(ticket)) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>');
      return;
    }
    this.server.handleUpgrade(request, socket, head, (connection) => this.connected(connection));
  }

  /** Resolves when it is acknowledged. */
  deliver(payload: unknown): Promise<void> {
    return new Promise((resolve) => {
      const envelope: Envelope = { id: randomUUID(), payload, attempt: 0, acknowledged: resolve };
      this.pending.set(envelope.id, envelope);
      this.send(envelope);
    });
  }

  /** As Slack does before it ends a connection. It does not end it by itself here: `drop` does. */
  announceEnd(reason: 'warning' | 'refresh_requested' | 'link_disabled' = 'refresh_requested'): void {
    for (const connection of this.open) connection.send(JSON.stringify({ type: 'disconnect', reason, debug_info: {} }));
  }

  /** Any text at all, to everybody. */
  say(text: string | Buffer): void {
    for (const connection of this.open) connection.send(text);
  }

  drop(): void {
    for (const connection of this.open) connection.terminate();
  }

  close(): void {
    clearInterval(this.timer);
    this.drop();
    this.server.close();
  }

  private connected(connection: WebSocket): void {
    this.opened++;
    this.open.add(connection);
    connection.on('close', () => this.open.delete(connection));
    connection.on('error', () => connection.terminate());
    connection.on('message', (data) => this.acknowledge(String(data)));
    if (this.welcome === 'silence') return;
    connection.send(
      JSON.stringify({ type: 'hello', num_connections: this.open.size, connection_info: { app_id: 'A0000APP' } }),
    );
    for (const envelope of this.pending.values()) this.send(envelope);
  }

  private acknowledge(text: string): void {
    const { envelope_id: id } = JSON.parse(text) as { envelope_id: string };
    this.pending.get(id)?.acknowledged();
    this.pending.delete(id);
  }

  private redeliver(): void {
    for (const envelope of this.pending.values()) this.send(envelope);
  }

  private send(envelope: Envelope): void {
    const connection = [...this.open].at(-1);
    if (!connection || this.welcome === 'silence') return;
    const { id, payload, attempt } = envelope;
    connection.send(
      JSON.stringify({
        envelope_id: id,
        type: 'events_api',
        accepts_response_payload: false,
        payload,
        retry_attempt: attempt,
        retry_reason: attempt > 0 ? 'timeout' : '',
      }),
    );
    envelope.attempt++;
  }
}
