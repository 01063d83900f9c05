import { isIP } from 'node:net';
import { addressKind, AddressRefused, type OutgoingAnswer, type OutgoingCall, OutgoingHttp } from '@openclaw/core';
import type { Dispatcher } from 'undici';
// Not undici's index: that loads fetch, WebSocket, caches and mocks as well, which stay in memory.
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { errorWords } from './error-words.js';
import { guardedConnector, openConnector } from './guarded-connector.js';
import { type ResolveName, resolveName } from './resolve-name.js';
import { retryAfterMs } from './retry-after.js';

export interface SignedHttpSettings {
  /** Asked for each call. */
  allowPrivateNetworks: () => boolean;
  /** Tells receivers who calls. */
  userAgent: string;
  connectTimeoutMs?: number;
  /** The system's when left out. */
  resolve?: ResolveName;
}

const KEPT_BYTES = 1_024;
/** An answer that goes on beyond this costs its connection. */
const READ_BYTES = 65_536;
const KEEP_ALIVE_MS = 10_000;
const LOCAL_NAME = /(^|\.)localhost\.?$/i;

/** Calls what customers name over kept-alive connections, and nothing on private networks unless that is allowed. Follows no redirect. */
export class SignedHttp extends OutgoingHttp {
  /** Apart, so that no call that must not goes over a connection that another one was allowed to make. */
  private readonly guarded: Dispatcher;
  private readonly open: Dispatcher;

  constructor(private readonly settings: SignedHttpSettings) {
    super();
    const { resolve = resolveName, connectTimeoutMs = 10_000 } = settings;
    const options = {
      // As many as there are calls: one that hangs must not hold up others at the same host.
      connections: null,
      keepAliveTimeout: KEEP_ALIVE_MS,
      allowH2: false,
      // The caller's signal bounds all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.guarded = new Agent({ ...options, connect: guardedConnector(resolve, connectTimeoutMs) });
    this.open = new Agent({ ...options, connect: openConnector(resolve, connectTimeoutMs) });
  }

  async post({ url, headers, body }: OutgoingCall, signal: AbortSignal): Promise<OutgoingAnswer> {
    try {
      const { origin, pathname, search } = new URL(url);
      const answer = await request.call(this.settings.allowPrivateNetworks() ? this.open : this.guarded, {
        origin,
        path: `${pathname}${search}`,
        method: 'POST',
        headers: { 'User-Agent': this.settings.userAgent, ...headers },
        body,
        signal,
      });
      const wait = retryAfterMs(answer.headers['retry-after']);
      const text = await beginningOf(answer.body);
      return { status: answer.statusCode, text, ...(wait !== undefined && { retryAfterMs: wait }) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AddressRefused) throw error;
      throw new Error(errorWords(error), { cause: error });
    }
  }

  refusal(url: string): string | undefined {
    if (this.settings.allowPrivateNetworks()) return undefined;
    const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
    const refused = isIP(host) === 0 ? LOCAL_NAME.test(host) : addressKind(host) !== 'public';
    return refused ? `must be a public address, got ${host} (see api.webhooks.allowPrivateNetworks)` : undefined;
  }

  async close(): Promise<void> {
    await Promise.all([this.guarded.destroy(), this.open.destroy()]);
  }
}

/** The first kilobyte, as text. The rest is read if it is short, so that the connection can be used again. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (bytes < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - bytes));
    bytes += chunk.length;
    if (bytes > READ_BYTES) break;
  }
  return new TextDecoder().decode(Buffer.concat(kept));
}
