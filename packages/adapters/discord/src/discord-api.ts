import { API } from '@discordjs/core';
import { DiscordAPIError, HTTPError, REST, RateLimitError } from '@discordjs/rest';
import { ChannelUnavailable } from '@openclaw/core';
import { Agent, request } from 'undici';
import type { DiscordSettings } from './discord-settings.js';

/** Discord understood the call and said no. */
export class DiscordRefusal extends Error {
  constructor(
    readonly status: number,
    /** Discord's own number, 0 where it has none. */
    readonly code: number,
    /** Discord's words. */
    readonly description: string,
  ) {
    super(`Discord refused the call: ${description} (${code || status})`);
    this.name = 'DiscordRefusal';
  }

  get tokenRefused(): boolean {
    return this.status === 401;
  }
}

/** How long one call may take, in ms, the wait for those before it included. */
const PATIENCE_MS = 15_000;
/** Of Discord's own words, in UTF-16 code units. */
const LONGEST_QUOTE = 300;
/** Errors with a status of 4xx that pass. @see https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
const PASSING = new Set([20_016, 20_022, 20_028, 20_029, 40_062, 130_000]);

type CallOptions = { signal: AbortSignal };

/**
 * Discord's REST API through its client, with what that leaves open: a time limit over the whole answer, connections that can be closed and do not stay
 * behind after a 5xx, and errors in our words. The client's own carry the request's content, so none is passed on.
 */
export class DiscordApi {
  // The client brings an undici of its own, whose connections nobody but it can close.
  private readonly agent = new Agent({ connect: { timeout: 10_000 } });
  private readonly rest: REST;
  private readonly api: API;

  constructor(
    private readonly settings: Pick<DiscordSettings, 'token' | 'apiRoot'>,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.rest = new REST({
      api: settings.apiRoot,
      // Who waits and tries again is the caller, who knows how long.
      retries: 0,
      rejectOnRateLimit: () => true,
      timeout: patienceMs,
      makeRequest: (url, init) => this.fetch(url, init),
    });
    this.api = new API(this.rest);
  }

  /** Throws `DiscordRefusal`, `ChannelUnavailable` and the signal's reason. */
  async call<Result>(run: (api: API, options: CallOptions) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    // The client forgets its token after a 401, and would send nothing any more.
    this.rest.setToken(this.settings.token);
    // One of its own for each call: the client never takes its listeners away.
    const given = new AbortController();
    const abort = () => given.abort();
    const timer = setTimeout(abort, this.patienceMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await run(this.api, { signal: given.signal });
    } catch (error) {
      const late = given.signal.aborted;
      signal.throwIfAborted();
      throw late ? new ChannelUnavailable(`Discord did not answer within ${this.patienceMs} ms`) : this.said(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.rest.clearHashSweeper();
    this.rest.clearHandlerSweeper();
    await this.agent.destroy();
  }

  /** Reads the answer whole, so that the time limit covers it and its connection is free again. */
  private async fetch(...[url, init]: Parameters<REST['options']['makeRequest']>) {
    const { statusCode, headers, body } = await request(url, {
      method: init.method as 'GET',
      headers: init.headers as Record<string, string>,
      body: (init.body ?? null) as string | null,
      signal: init.signal as AbortSignal,
      dispatcher: this.agent,
    });
    const text = await body.text();
    const known = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    return new Response(statusCode === 204 ? null : text, { status: statusCode, headers: known });
  }

  private said(error: unknown): DiscordRefusal | ChannelUnavailable {
    if (error instanceof RateLimitError) {
      const retryAfterMs = Math.max(error.retryAfter, error.timeToReset, error.sublimitTimeout, 0);
      return new ChannelUnavailable('Discord asks for patience: too many calls', { retryAfterMs });
    }
    if (error instanceof HTTPError) return new ChannelUnavailable(`Discord answered ${error.status}`);
    if (error instanceof DiscordAPIError) {
      const { status, code } = error;
      // Without a number it is not Discord that speaks, but something before it.
      if (status === 401 || (typeof code === 'number' && !PASSING.has(code)))
        return new DiscordRefusal(status, Number(code) || 0, this.quote(error.message));
      return new ChannelUnavailable(`Discord answered ${status}: ${this.quote(error.message)}`);
    }
    const { code } = error as { code?: unknown };
    if (error instanceof SyntaxError) return new ChannelUnavailable('Discord answered with something that is no JSON');
    const why = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : '';
    return new ChannelUnavailable(`Discord could not be reached, or broke off${why}`);
  }

  private quote(words: string): string {
    return words
      .replaceAll(this.settings.token, '***')
      .replaceAll(/[\p{Cc}\s]+/gu, ' ')
      .slice(0, LONGEST_QUOTE)
      .toWellFormed();
  }
}
