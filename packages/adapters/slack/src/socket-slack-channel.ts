import { Backoff, type ChannelHost, type ChannelState, ChannelUnavailable } from '@openclaw/core';
import { connectFailure } from './connect-failure.js';
import { SlackChannel } from './slack-channel.js';
import { SocketConnection } from './socket-connection.js';
import { StateReport } from './state-report.js';

/** A connection that lasted so long was a good one, and its end no reason to be careful. */
const GOOD_MS = 10_000;

const LOST: ChannelState = { status: 'disconnected', error: 'The connection to Slack is lost' };

/** Slack's events come over a WebSocket that the gateway opens: nothing has to reach the gateway from outside. */
export class SocketSlackChannel extends SlackChannel<'socket'> {
  async connect(host: ChannelHost, signal: AbortSignal): Promise<void> {
    const report = new StateReport(host);
    const backoff = new Backoff();
    /** More than one only while a connection that is about to end is being replaced. */
    const open = new Set<SocketConnection>();
    const settling = new Set<Promise<unknown>>();
    const leave = () => {
      for (const connection of open) connection.close();
    };
    signal.addEventListener('abort', leave);
    report.tell({ status: 'connecting' });
    try {
      while (!signal.aborted) {
        const started = Date.now();
        let leastMs = 0;
        try {
          const connection = await this.open(host, open.size === 0, signal);
          for (const older of open) older.close();
          open.add(connection);
          if (signal.aborted) leave();
          void connection.lost.then(() => {
            open.delete(connection);
            if (open.size === 0 && !signal.aborted) report.tell(LOST);
          });
          const settled = connection.settled.finally(() => settling.delete(settled));
          settling.add(settled);
          report.tell({ status: 'connected' });
          await connection.ending;
          if (Date.now() - started >= GOOD_MS) {
            backoff.reset();
            continue;
          }
        } catch (error) {
          if (signal.aborted) break;
          if (!(error instanceof ChannelUnavailable)) throw error;
          leastMs = error.retryAfterMs ?? 0;
          if (open.size === 0) report.tell({ status: 'disconnected', error: error.message });
        }
        await backoff.pause(signal, leastMs);
      }
    } finally {
      signal.removeEventListener('abort', leave);
      leave();
      await Promise.all(settling);
    }
  }

  private async open(host: ChannelHost, first: boolean, signal: AbortSignal): Promise<SocketConnection> {
    const { name, settings, logger } = this.setup;
    const { botToken, appToken } = settings;
    let key = 'botToken';
    try {
      if (first) await this.identity.check(signal);
      key = 'appToken';
      const take = (body: unknown) => this.inbox.take(body, host);
      return await SocketConnection.open({ api: this.api, botToken, appToken, logger, take }, signal);
    } catch (error) {
      throw connectFailure(error, `channels.${name}.${key}`);
    }
  }
}
