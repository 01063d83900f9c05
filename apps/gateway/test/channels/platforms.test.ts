import { beforeAll, describe, expect, it } from '@jest/globals';
import { DiscordServer } from '../../../../test/discord-server/discord-server.js';
import { startSlackServer } from '../../../../test/slack-server/slack-server.js';
import { TelegramServer } from '../../../../test/telegram-server/telegram-server.js';
import { freshDatabase, type GatewayProcess, later, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';

/** A platform as its people see it. */
interface Platform {
  type: string;
  /** `channels.<type>` for it. */
  settings: Record<string, string>;
  /** A chat that Ada has with the bot, and one that there is not. */
  chatId: string;
  nowhere: string;
  write(text: string): unknown;
  /** What the bot has said in that chat so far. */
  said(): string[];
}

async function telegram(): Promise<Platform> {
  const server = await TelegramServer.start();
  later(() => server.down());
  server.chats.add('77');
  return {
    type: 'telegram',
    settings: { token: String(server.token), apiRoot: server.url },
    chatId: '77',
    nowhere: '404',
    write: (text) => server.write({ text }),
    said: () => server.messages.filter(({ chatId }) => chatId === '77').map(({ text }) => text),
  };
}

async function slack(): Promise<Platform> {
  const server = await startSlackServer();
  later(() => server.close());
  const { botToken, appToken, messages } = server.workspace;
  return {
    type: 'slack',
    settings: { botToken, appToken, apiRoot: server.apiRoot },
    chatId: 'D0000ADA',
    nowhere: 'C0000NOWHERE',
    write: (text) => server.write({ text }),
    said: () => messages.filter(({ channel }) => channel === 'D0000ADA').map(({ text }) => text),
  };
}

async function discord(): Promise<Platform> {
  const server = await DiscordServer.start();
  later(() => server.down());
  const chatId = '200000000000000001';
  return {
    type: 'discord',
    settings: { token: String(server.token), apiRoot: server.url, gatewayUrl: server.gatewayUrl },
    chatId,
    nowhere: '299999999999999999',
    write: (content) => server.write({ content }),
    said: () => server.messages.filter((message) => message.chatId === chatId).map(({ text }) => text),
  };
}

const platforms: Record<string, Platform> = {};
let gateway: GatewayProcess;

beforeAll(async () => {
  for (const platform of [await telegram(), await slack(), await discord()]) platforms[platform.type] = platform;
  const channels = Object.fromEntries(Object.values(platforms).map(({ type, settings }) => [type, settings]));
  gateway = await startGateway({ database: await freshDatabase(), config: { channels } });
  await eventually(
    () => json<Channels>(gateway.fetch('/api/v1/channels')),
    ({ channels: all }) => all.length === 3 && all.every(({ status }) => status === 'connected'),
  );
});

interface Channels {
  channels: { type: string; status: string; connected_since?: string; messages_today?: number; last_error?: string }[];
}

async function json<T = Record<string, unknown>>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

describe.each(['telegram', 'slack', 'discord'])('%s through a gateway', (type) => {
  const send = (message: string, chatId: string) =>
    gateway.fetch('/api/v1/send', { json: { channel: type, chatId, message } });
  let platform: Platform;
  beforeAll(() => {
    platform = platforms[type] as Platform;
  });

  it('answers who writes, in their chat, and keeps both', async () => {
    await platform.write('hello from Ada');
    const said = await eventually(
      async () => platform.said(),
      (texts) => texts.some((text) => text.includes('hello from Ada')),
    );
    expect(said).toHaveLength(1);
    const { conversations } = await eventually(
      () =>
        json<{ conversations: { id: string; message_count: number }[] }>(
          gateway.fetch(`/api/v1/conversations?channel=${type}`),
        ),
      (answer) => answer.conversations[0]?.message_count === 2,
    );
    const { messages } = await json<{ messages: { role: string; content: string }[] }>(
      gateway.fetch(`/api/v1/conversations/${encodeURIComponent(String(conversations[0]?.id))}`),
    );
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(messages[0]?.content).toContain('hello from Ada');
  });

  it('takes what is sent into that chat: the same conversation, in order', async () => {
    const before = platform.said().length;
    const first = await send('Your order has left', platform.chatId);
    const second = await send('It is almost there', platform.chatId);
    const [one, two] = [await json(first), await json(second)];
    expect([first.status, one.status, second.status, two.status]).toEqual([200, 'sent', 200, 'sent']);
    expect(platform.said().slice(before)).toEqual(['Your order has left', 'It is almost there']);
    expect(two.conversationId).toBe(one.conversationId);
    const conversation = `/api/v1/conversations/${encodeURIComponent(String(one.conversationId))}`;
    expect(await json(gateway.fetch(conversation))).toMatchObject({ channel: type, message_count: 4 });
  });

  it('takes a long text in parts that hold all of it', async () => {
    const before = platform.said().length;
    const text = Array.from({ length: 900 }, (_, i) => `word${i}`).join(' ');
    expect((await send(text, platform.chatId)).status).toBe(200);
    const parts = platform.said().slice(before);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join(' ').split(/\s+/)).toEqual(text.split(' '));
  });

  it('refuses for good what goes nowhere', async () => {
    const refused = await send('hello?', platform.nowhere);
    expect([refused.status, await json(refused)]).toMatchObject([422, { error: 'channel_rejected', status: 422 }]);
  });
});

describe('the three of them', () => {
  it('are told of as connected, with what they carried and without their secrets', async () => {
    // Each heard one message and said four: an answer and three sends, one of them in parts.
    const { channels } = await eventually(
      () => json<Channels>(gateway.fetch('/api/v1/channels')),
      (answer) => answer.channels.every(({ messages_today: count = 0 }) => count >= 5),
    );
    expect(channels.map(({ type }) => type).sort()).toEqual(['discord', 'slack', 'telegram']);
    for (const channel of channels)
      expect(channel).toMatchObject({ status: 'connected', connected_since: expect.stringMatching(/Z$/) });
    expect(await json(gateway.fetch('/api/v1/status'))).toMatchObject({ channels: { disconnected: [] } });
    const { token: telegramToken } = platforms.telegram?.settings ?? {};
    const { token: discordToken } = platforms.discord?.settings ?? {};
    const { botToken, appToken } = platforms.slack?.settings ?? {};
    const config = await (await gateway.fetch('/api/v1/config')).text();
    for (const secret of [telegramToken, discordToken, botToken, appToken])
      for (const text of [config, gateway.logs()]) expect(text).not.toContain(secret);
  });

  it('are left with everything said', async () => {
    expect(await gateway.stop()).toBe(0);
  });
});
