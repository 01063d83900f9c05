import { setTimeout as sleep } from 'node:timers/promises';
import {
  Backoff,
  type ChannelHost,
  type ChannelReply,
  type ChannelRequest,
  ChannelUnavailable,
  Unavailable,
} from '@openclaw/core';
import { connectFailure } from './connect-failure.js';
import { recordOf } from './message-event.js';
import { isSignedBySlack } from './request-signature.js';
import { SlackChannel } from './slack-channel.js';
import { StateReport } from './state-report.js';

/** There is no connection that could be lost: the state is what Slack said last, and it is asked this often. */
const LOOK_MS = 4_000;

/** Slack's events come as requests to the gateway. */
export class HttpSlackChannel extends SlackChannel<'http'> {
  async connect(host: ChannelHost, signal: AbortSignal): Promise<void> {
    const report = new StateReport(host);
    const backoff = new Backoff(500, LOOK_MS);
    report.tell({ status: 'connecting' });
    while (!signal.aborted) {
      try {
        await this.look(signal);
        report.tell({ status: 'connected' });
        backoff.reset();
        await sleep(LOOK_MS, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ChannelUnavailable)) throw error;
        report.tell({ status: 'disconnected', error: error.message });
        await backoff.pause(signal, error.retryAfterMs);
      }
    }
  }

  override async receive(request: ChannelRequest, host: Pick<ChannelHost, 'accept'>): Promise<ChannelReply> {
    if (!isSignedBySlack(request, this.setup.settings.signingSecret)) return { status: 401 };
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    const body = recordOf(parse(request.body));
    if (body.type === 'url_verification') return challenge(body.challenge);
    try {
      await this.inbox.take(body, host);
      return { status: 200 };
    } catch (error) {
      // Slack delivers it again: at once, after a minute, after five.
      this.setup.logger.warn('An event of Slack was not taken in; Slack will send it again', { error });
      return { status: error instanceof Unavailable ? 503 : 500 };
    }
  }

  private async look(signal: AbortSignal): Promise<void> {
    const deadline = AbortSignal.timeout(LOOK_MS);
    try {
      await this.identity.check(AbortSignal.any([signal, deadline]));
    } catch (error) {
      if (deadline.aborted) throw new ChannelUnavailable("Slack can't be reached: no answer in time", { cause: error });
      throw connectFailure(error, `channels.${this.setup.name}.botToken`);
    }
  }
}

/** Undefined for what is no JSON: commands and buttons come as forms, and there are none here. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** Slack asks once, when the address is entered, whether it is ours. */
function challenge(value: unknown): ChannelReply {
  if (typeof value !== 'string') return { status: 400 };
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: value };
}
