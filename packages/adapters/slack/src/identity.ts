import { ChannelUnavailable } from '@openclaw/core';
import type { SlackApi } from './slack-api.js';

/** Slack waits three seconds; whoever asks in order to read an event must not use them up. */
const PATIENCE_MS = 2_000;

/** Who the app is in its workspace. */
export class Identity {
  private known: string | undefined;

  constructor(private readonly api: SlackApi) {}

  /** The app's user id; asks Slack the first time. Throws as `SlackApi.call` does. */
  async userId(): Promise<string> {
    if (this.known !== undefined) return this.known;
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    try {
      return await this.check(deadline);
    } catch (error) {
      if (!deadline.aborted) throw error;
      throw new ChannelUnavailable('Slack did not say in time who the app is', { cause: error });
    }
  }

  /** Asks Slack whether the token is good. Throws as `SlackApi.call` does. */
  async check(signal: AbortSignal): Promise<string> {
    const { user_id: userId } = await this.api.call<{ user_id?: unknown }>('auth.test', {}, signal);
    if (typeof userId !== 'string') throw new ChannelUnavailable('Slack did not say who the app is');
    this.known = userId;
    return userId;
  }
}
