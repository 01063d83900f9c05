import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { ChannelUnavailable } from '@openclaw/core';
import { Telegram, TelegramError } from 'telegraf';
import type { TelegramSettings } from './telegram-settings.js';

/** Telegram understood the call and said no. Its words are in `description`; the payload of the call is not kept. */
export class TelegramRefusal extends Error {
  constructor(
    method: string,
    readonly code: number,
    readonly description: string,
    readonly migratedTo?: number,
  ) {
    super(`Telegram refused ${method}: ${code} ${description}`);
    this.name = 'TelegramRefusal';
  }

  /** No call with this token will ever succeed: 404 is what a token that never was gets. */
  get tokenRefused(): boolean {
    return this.code === 401 || this.code === 404;
  }
}

type CallApi = Telegram['callApi'];
type CallOptions = NonNullable<Parameters<CallApi>[2]>;

/** How long one call may take, in ms. */
const PATIENCE_MS = 30_000;
/** Of Telegram's own words, in UTF-16 code units. */
const LONGEST_QUOTE = 300;

/**
 * Telegraf's client with what it leaves open: a time limit, connections that can be closed, and errors without secrets. Telegraf's own
 * may have the token in their text (an answer that is no JSON) or the whole payload beside it, so none is passed on, not as a cause either.
 */
export class BotApi {
  private readonly telegram: Telegram;
  private readonly agent: HttpAgent;

  constructor(
    { token, apiRoot }: Pick<TelegramSettings, 'token' | 'apiRoot'>,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.agent = apiRoot.startsWith('http:') ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true });
    // The method's path is resolved against the root: without a slash at its end the root's last step would be lost.
    this.telegram = new Telegram(token, { apiRoot: apiRoot.endsWith('/') ? apiRoot : `${apiRoot}/` });
    // Telegraf drops the agent that it is given for http:// and takes the process's.
    this.telegram.options.agent = this.agent;
  }

  /** Throws `TelegramRefusal`, `ChannelUnavailable` and the signal's reason. */
  async call<Result>(
    method: Parameters<CallApi>[0],
    payload: Record<string, unknown>,
    signal: AbortSignal,
    patienceMs = this.patienceMs,
  ): Promise<Result> {
    signal.throwIfAborted();
    const given = new AbortController();
    const abort = () => given.abort();
    const timer = setTimeout(abort, patienceMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const call = this.telegram.callApi(method, payload as never, { signal: given.signal as CallOptions['signal'] });
      return (await call) as Result;
    } catch (error) {
      const late = given.signal.aborted;
      // Telegraf leaves the body of a 5xx unread, which would keep its connection for good.
      given.abort();
      signal.throwIfAborted();
      throw late
        ? new ChannelUnavailable(`Telegram did not answer ${method} within ${patienceMs} ms`)
        : this.said(method, error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.agent.destroy();
  }

  private said(method: string, error: unknown): TelegramRefusal | ChannelUnavailable {
    if (!(error instanceof TelegramError)) return new ChannelUnavailable(howItBroke(method, error));
    const { code, parameters } = error;
    const description = this.quote(error.description);
    if (code === 429) {
      const seconds = parameters?.retry_after;
      return new ChannelUnavailable(`Telegram asks for patience: ${description}`, {
        ...(typeof seconds === 'number' && { retryAfterMs: seconds * 1_000 }),
      });
    }
    if (typeof code === 'number' && code < 500)
      return new TelegramRefusal(method, code, description, parameters?.migrate_to_chat_id);
    return new ChannelUnavailable(`Telegram answered ${method} with ${code} ${description}`);
  }

  private quote(words: unknown): string {
    return String(words ?? '')
      .replaceAll(this.telegram.token, '***')
      .replaceAll(/[\p{Cc}\s]+/gu, ' ')
      .slice(0, LONGEST_QUOTE)
      .toWellFormed();
  }
}

/** Nothing of the error's own text but its code: the text may hold the token. */
function howItBroke(method: string, error: unknown): string {
  const { code, type } = error as { code?: unknown; type?: unknown };
  if (type === 'invalid-json') return `Telegram answered ${method} with something that is no JSON`;
  const why = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : '';
  return `Telegram could not be reached, or broke off ${method}${why}`;
}
