import { type ChannelFixture, InMemoryLogger } from '@openclaw/core/testing';
import { DiscordServer } from '../../../../test/discord-server/discord-server.js';
import { DiscordChannel, type DiscordTiming } from '../src/discord-channel.js';
import { GATEWAY_TIMING } from '../src/discord-gateway.js';
import { discordSettings } from '../src/discord-settings.js';

export const CHAT = '200000000000000001';

export const GATEWAY = { ...GATEWAY_TIMING, identifyGapMs: 5 };

export function channelOn(
  server: Pick<DiscordServer, 'url' | 'token'>,
  settings: Record<string, unknown> = {},
  timing: DiscordTiming = {},
) {
  const logger = new InMemoryLogger();
  const channel = new DiscordChannel(
    discordSettings({ name: 'discord', settings: { token: server.token, apiRoot: server.url, ...settings } }),
    logger,
    { gateway: GATEWAY, firstPauseMs: 20, ...timing },
  );
  return { channel, logger };
}

/** `server`, `channel` and what the contract wants. */
export async function discordFixture(): Promise<ChannelFixture & { server: DiscordServer; channel: DiscordChannel }> {
  const server = await DiscordServer.start();
  const { channel } = channelOn(server);
  let last: Record<string, unknown> = {};
  return {
    server,
    channel,
    chatId: CHAT,
    unknownChatId: '299999999999999999',
    longestPart: 2_000,
    taken: () => server.messages,
    async write({ text, from }) {
      const author = { id: '400000000000000077', username: from?.name ?? 'Ada' };
      last = server.write({ content: text, author });
    },
    async writeAgain() {
      server.tellAgain(last);
    },
    breakDown: () => server.down(),
    mend: () => server.up(),
    async stop() {
      await channel.close();
      await server.down();
    },
  };
}
