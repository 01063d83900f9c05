import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelUnavailable } from '@openclaw/core';
import { RecordingHost } from '@openclaw/core/testing';
import { TelegramServer } from 'telegram-test-api/lib/telegramServer.js';
import type { TelegramChannel } from '../src/telegram-channel.js';
import { channelOn } from './telegram-fixture.js';

/** It can't be told to take any free port. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

// A fake of Telegram that nobody here wrote. It does not hold calls, knows no typing, no errors and no secret of a webhook.
describe('telegram against telegram-test-api', () => {
  const token = '666:token-for-tests';
  const { signal } = new AbortController();
  let server: TelegramServer;
  let channel: TelegramChannel;
  beforeEach(async () => {
    server = new TelegramServer({ port: await freePort(), host: '127.0.0.1' });
    await server.start();
    ({ channel } = channelOn({ url: server.config.apiURL, token }));
  });
  afterEach(async () => {
    await channel.close();
    await server.stop();
  });

  it('answers what is written to it, and edits the answer', async () => {
    const host = new RecordingHost();
    host.connect(channel);
    await host.untilStatus('connected');
    const client = server.getClient(token, { userId: 5, chatId: 5, firstName: 'Ada', type: 'private' });
    await client.sendMessage(client.makeMessage('hello'));
    await host.until(({ messages }) => messages.length > 0);
    await client.sendCommand(client.makeCommand('/start'));
    await host.until(({ messages }) => messages.length > 1);
    expect(host.messages).toMatchObject([
      { chatId: '5', kind: 'direct', addressed: true, from: { id: '5', name: 'Ada' }, text: 'hello' },
      { chatId: '5', text: '/start' },
    ]);
    const { messageId } = await channel.send('5', '**hello** back', signal);
    await channel.edits.edit('5', messageId, '**hello** once more', signal);
    const { result } = await client.getUpdates();
    expect(result).toMatchObject([{ message: { chat_id: 5, text: '<b>hello</b> once more', parse_mode: 'HTML' } }]);
    await host.leave();
  });

  it('gives a sign of life, and says that there is no sign of typing', async () => {
    await channel.check(signal);
    await expect(channel.typing('5', signal)).rejects.toThrow(ChannelUnavailable);
  });
});
