import type { ChannelHost, ChannelPort } from '@openclaw/core';
import { InMemoryLogger } from '@openclaw/core/testing';
import { type SlackServer, startSlackServer } from '../../../../test/slack-server/slack-server.js';
import { createChannel } from '../src/create-channel.js';
import { unescapeMrkdwn } from '../src/escape-mrkdwn.js';

export interface SlackFixture {
  slack: SlackServer;
  channel: ChannelPort;
  logger: InMemoryLogger;
  /** What Slack has of us, without its markup. */
  taken(): { chatId: string; messageId: string; text: string }[];
  /** Closes both; fails when a connection is left open. */
  stop(): Promise<void>;
}

/** A Slack of its own, and a channel to it. In HTTP mode events reach the channel as soon as it was connected. */
export async function startSlackFixture(mode: 'socket' | 'http'): Promise<SlackFixture> {
  const slack = await startSlackServer();
  const { botToken, appToken, signingSecret } = slack.workspace;
  const logger = new InMemoryLogger();
  const settings = { mode, apiRoot: slack.apiRoot, botToken, appToken, signingSecret };
  const channel = await createChannel({ name: 'slack', settings, logger });
  if (mode === 'http') postThrough(channel, slack);
  return {
    slack,
    channel,
    logger,
    taken: () =>
      slack.workspace.messages.map(({ channel: id, threadTs, ts, text }) => ({
        chatId: threadTs === undefined ? id : `${id}:${threadTs}`,
        messageId: ts,
        text: unescapeMrkdwn(text.replaceAll('\u200b', '')),
      })),
    async stop() {
      await channel.close();
      slack.mend();
      await slack.untilNobodyIsConnected();
      await slack.close();
    },
  };
}

/** Stands for the gateway's route: whatever Slack posts goes to the host that was connected last. */
function postThrough(channel: ChannelPort, slack: SlackServer): void {
  let host: ChannelHost | undefined;
  const connect = channel.connect.bind(channel);
  channel.connect = (connected, signal) => {
    host = connected;
    return connect(connected, signal);
  };
  slack.postTo = async (headers, body) => {
    if (!host) return 503;
    const reply = await channel.receive?.({ method: 'POST', path: '/', headers, body }, host);
    return reply?.status ?? 404;
  };
}
