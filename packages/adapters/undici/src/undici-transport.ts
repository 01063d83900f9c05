import { type ProviderCall, type ProviderReply, ProviderTransport } from '@openclaw/core';
import { Pool } from 'undici';

export interface UndiciTransportSettings {
  /** With the path that all calls share, e.g. `https://api.openai.com/v1`. A query in it is sent with every call. */
  baseUrl: string;
  /** Until a connection stands, TLS included. Default 10,000. */
  connectTimeoutMs?: number;
  /** Until the answer's first byte, and from one to the next. Beyond a second it may be late by one. Default 60,000. */
  idleTimeoutMs?: number;
}

/** How long an answer may take to end after its last event before its connection is given up. */
const TAIL_PATIENCE_MS = 1_000;

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

  async send(call: ProviderCall, signal: AbortSignal): Promise<ProviderReply> {
    const { statusCode, headers, body } = await this.pool.request({
      method: call.method,
      path: `${this.prefix}${call.path}${this.query}`,
      headers: call.headers,
      body: call.body ?? null,
      signal,
    });
    // An answer that is given up ends in an error event that nobody is waiting for any more.
    body.on('error', () => undefined);
    return {
      status: statusCode,
      headers,
      body: body.iterator({ destroyOnReturn: false }),
      release() {
        if (body.closed) return;
        const patience = setTimeout(() => body.destroy(), TAIL_PATIENCE_MS);
        body.once('close', () => clearTimeout(patience)).resume();
      },
      drop() {
        if (!body.readableEnded) body.destroy();
      },
    };
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
