import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { ChannelHost, ChannelPort } from '@openclaw/core';
import { type ChannelFixture, InMemoryLogger } from '@openclaw/core/testing';
import { TelegramServer } from '../../../../test/telegram-server/telegram-server.js';
import { TelegramChannel, type TelegramTiming } from '../src/telegram-channel.js';
import { telegramSettings } from '../src/telegram-settings.js';

export const POLL = { holdSeconds: 2, quietMs: 4_000, patienceMs: 5_000, restMs: 20 };

export function channelOn(
  server: Pick<TelegramServer, 'url' | 'token'>,
  settings: Record<string, unknown> = {},
  timing: TelegramTiming = {},
) {
  const logger = new InMemoryLogger();
  const channel = new TelegramChannel(
    telegramSettings({ name: 'telegram', settings: { token: server.token, apiRoot: server.url, ...settings } }),
    logger,
    { poll: POLL, watchMs: 20, firstPauseMs: 20, ...timing },
  );
  return { channel, logger };
}

/** `server`, `channel` and what the contract wants. */
export async function pollingFixture(): Promise<ChannelFixture & { server: TelegramServer; channel: TelegramChannel }> {
  const server = await TelegramServer.start();
  server.chats.add('77');
  const { channel } = channelOn(server);
  let last: Record<string, unknown> | undefined;
  const confirmed = ({ update_id }: { update_id: number }) =>
    server.until(() => !server.unconfirmed.includes(update_id));
  return {
    server,
    channel,
    chatId: '77',
    unknownChatId: '404',
    longestPart: 4_096,
    taken: () => server.messages,
    async write({ text, from }) {
      last = server.write({ text, ...(from && { from: { id: 77, is_bot: false, first_name: from.name } }) });
      await confirmed({ update_id: Number(last.update_id) });
    },
    async writeAgain() {
      await confirmed(server.deliver({ ...last }));
    },
    breakDown: () => server.down(),
    mend: () => server.up(),
    async stop() {
      await channel.close();
      await server.down();
    },
  };
}

/** As Telegram does it: until it is answered with 2xx, in HTTP. */
export async function webhookFixture(): Promise<ChannelFixture & { server: TelegramServer }> {
  const server = await TelegramServer.start();
  server.chats.add('77');
  let host: ChannelHost | undefined;
  const door = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', headers } = request;
      const reply = await channel.receive?.(
        { method, path: '/', headers, body: Buffer.concat(chunks) },
        host as ChannelHost,
      );
      response.writeHead(reply?.status ?? 500, reply?.headers).end(reply?.body);
    })();
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/channels/telegram`;
  const { channel } = channelOn(server, { mode: 'webhook', webhookUrl: url });
  const { connect } = channel;
  channel.connect = (given, signal) => connect.call(channel, (host = given), signal);
  let last: unknown;
  const deliver = async (update: unknown) => {
    const { url, secret_token } = server.webhook as Record<string, string>;
    const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': String(secret_token) };
    const answer = await fetch(String(url), { method: 'POST', headers, body: JSON.stringify(update) });
    if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
  };
  return {
    server,
    channel: channel as ChannelPort,
    chatId: '77',
    unknownChatId: '404',
    longestPart: 4_096,
    taken: () => server.messages,
    async write({ text, from }) {
      const message = server.message({ text, ...(from && { from: { id: 77, is_bot: false, first_name: from.name } }) });
      await deliver((last = { update_id: Math.floor(Math.random() * 1e9), message }));
    },
    writeAgain: () => deliver(last),
    breakDown: () => server.down(),
    mend: () => server.up(),
    async stop() {
      await channel.close();
      await server.down();
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
    },
  };
}
