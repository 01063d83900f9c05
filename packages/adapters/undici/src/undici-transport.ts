import { type ProviderCall, type ProviderReply, ProviderTransport } from '@openclaw/core';
// Not undici's index: that loads fetch, WebSocket, caches and mocks as well, which stay in memory.
import Pool from 'undici/lib/dispatcher/pool.js';
import { Exchange } from './exchange.js';

export interface UndiciTransportSettings {
  /** With the path that all calls share, e.g. `https://api.openai.com/v1`. A query in it is sent with every call. */
  baseUrl: string;
  /** Until a connection stands, TLS included. Default 10,000. */
  connectTimeoutMs?: number;
  /** Until the answer's first byte, and from one to the next. Beyond a second it may be late by one. Default 60,000. */
  idleTimeoutMs?: number;
}

/** Calls one provider through a keep-alive pool. */
export class UndiciTransport extends ProviderTransport {
  private readonly pool: Pool;
  private readonly prefix: string;
  private readonly query: string;

  constructor(settings: UndiciTransportSettings) {
    super();
    const url = new URL(settings.baseUrl);
    this.prefix = url.pathname.replace(/\/+$/, '');
    this.query = url.search;
    const idleTimeoutMs = settings.idleTimeoutMs ?? 60_000;
    this.pool = new Pool(url.origin, {
      connect: { timeout: settings.connectTimeoutMs ?? 10_000 },
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      // One answer per connection: giving an answer up then closes a socket, and a slow one holds up no other.
      allowH2: false,
    });
  }

  send(call: ProviderCall, signal: AbortSignal): Promise<ProviderReply> {
    const { method, path, headers, body = null } = call;
    const options = { method, path: `${this.prefix}${path}${this.query}`, headers, body };
    return new Exchange(signal).begin((handler) => this.pool.dispatch(options, handler));
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
