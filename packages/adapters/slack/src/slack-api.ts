import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@openclaw/core';
import { webApi } from '@slack/bolt';
import { Agent, fetch } from 'undici';
import { sdkLogger } from './sdk-logger.js';
import { slackFailure } from './slack-failure.js';

/** Beyond this, a call is given up; Slack itself wants to be answered within three seconds. */
export const CALL_TIMEOUT_MS = 10_000;

/** Slack's Web API, with the bot's token. */
export class SlackApi {
  /** For whoever else in the SDK makes a client of its own. */
  readonly clientOptions: webApi.WebClientOptions;
  private readonly client: webApi.WebClient;
  // Its own, so that its connections end with the channel.
  private readonly connections = new Agent({ connect: { timeout: CALL_TIMEOUT_MS }, allowH2: false });
  /** The SDK has no way to give one call up: its `fetch` finds the signal of the call that it is made for in here. */
  private readonly signals = new AsyncLocalStorage<AbortSignal>();

  constructor({ apiRoot, token, logger }: { apiRoot: string; token: string; logger: Logger }) {
    this.clientOptions = {
      slackApiUrl: apiRoot,
      logger: sdkLogger(logger),
      timeout: CALL_TIMEOUT_MS,
      // When to try again is decided by whoever keeps the message.
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      // A call that waited in the SDK's queue would run in another one's context, and with its signal.
      maxRequestConcurrency: Number.POSITIVE_INFINITY,
      allowAbsoluteUrls: false,
      fetch: this.fetch,
    };
    this.client = new webApi.WebClient(token, this.clientOptions);
  }

  /** Throws `SlackRefusal`, `ChannelUnavailable`, or the signal's reason. */
  call<Answer extends object = object>(
    method: string,
    options: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<Answer & webApi.WebAPICallResult> {
    return this.within(
      signal,
      async () => (await this.client.apiCall(method, options)) as Answer & webApi.WebAPICallResult,
    );
  }

  /** Calls that the SDK makes in there end with the signal too, and fail as `call` does. */
  async within<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    try {
      return await this.signals.run(signal, work);
    } catch (error) {
      signal.throwIfAborted();
      throw slackFailure(error);
    }
  }

  close(): Promise<void> {
    return this.connections.destroy();
  }

  private readonly fetch = (async (url: string, init: { signal?: AbortSignal } = {}) => {
    const signals = [this.signals.getStore(), init.signal].filter((signal) => signal !== undefined);
    return fetch(url, { ...init, signal: AbortSignal.any(signals), dispatcher: this.connections });
  }) as webApi.WebClientOptions['fetch'];
}
