import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelUnavailable, type ChannelRequest, Unavailable } from '@openclaw/core';
import { RecordingHost, channelRequest } from '@openclaw/core/testing';
import { TelegramServer } from '../../../../test/telegram-server/telegram-server.js';
import type { TelegramChannel } from '../src/telegram-channel.js';
import { channelOn } from './telegram-fixture.js';

const url = 'https://gateway.example/channels/telegram';

describe("telegram's webhook", () => {
  let server: TelegramServer;
  let channel: TelegramChannel;
  let host: RecordingHost;
  beforeEach(async () => {
    server = await TelegramServer.start();
    ({ channel } = channelOn(server, { mode: 'webhook', webhookUrl: url, webhookSecret: 'hook-secret' }));
    host = new RecordingHost();
  });
  afterEach(async () => {
    await channel.close();
    await server.down();
  });

  const request = (body: unknown, more: Partial<ChannelRequest> = {}) =>
    channelRequest({
      headers: { 'x-telegram-bot-api-secret-token': 'hook-secret' },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      ...more,
    });
  const receive = async (call: ChannelRequest) => (await channel.receive?.(call, host))?.status;
  const update = () => ({ update_id: 7, message: server.message({ text: 'hello' }) });
  const connected = async (use: () => Promise<void>) => {
    host.connect(channel);
    try {
      await host.untilStatus('connected');
      await use();
    } finally {
      await host.leave();
    }
  };

  it('tells Telegram where to deliver, with a secret, and leaves that as it is when it goes', async () => {
    await connected(async () => undefined);
    expect(server.webhook).toMatchObject({
      url,
      secret_token: 'hook-secret',
      allowed_updates: ['message', 'edited_message'],
    });
    expect(server.calls.some(({ method }) => method === 'getUpdates')).toBe(false);
  });

  it('takes what Telegram delivers, also on a replica that is not connected', async () => {
    expect(await receive(request(update()))).toBe(200);
    expect(host.messages).toMatchObject([{ updateId: '4242:7', text: 'hello', chatId: '77' }]);
    expect(await receive(request({ update_id: 8, poll: {} }))).toBe(200);
    expect(host.messages).toHaveLength(1);
    expect(server.calls.map(({ method }) => method)).toEqual(['getMe']);
  });

  it('takes nothing from anybody else, and looks at nothing of it', async () => {
    for (const told of [undefined, '', 'hook-secre', 'hook-secret2', ['hook-secret']]) {
      const headers = { 'x-telegram-bot-api-secret-token': told };
      expect(await receive(request('no json', { headers, method: 'GET', path: '/x' }))).toBe(401);
      expect(await receive(request(update(), { headers }))).toBe(401);
    }
    expect(host.messages).toEqual([]);
    expect(server.calls).toEqual([]);
  });

  it.each([
    ['no JSON', '{"update_id":', {}, 400],
    ['no update', '[]', {}, 400],
    ['null', 'null', {}, 400],
    ['no number', { update_id: 'x' }, {}, 400],
    ['another path', { update_id: 1 }, { path: '/other' }, 404],
    ['another method', { update_id: 1 }, { method: 'GET' }, 405],
    ['too much', ' '.repeat(1_048_577), {}, 413],
  ])('refuses %s', async (_, body, more, status) => {
    expect(await receive(request(body, more))).toBe(status);
  });

  it('has Telegram deliver again what could not be stored', async () => {
    const accept = async () => {
      throw new Unavailable('the database is away');
    };
    expect((await channel.receive?.(request(update()), { accept }))?.status).toBe(503);
  });

  it('has Telegram deliver again while it does not know its own name', async () => {
    server.faults.push({ of: 'getMe', how: 'reset' });
    expect(await receive(request(update()))).toBe(503);
    expect(await receive(request(update()))).toBe(200);
  });

  it('tells when Telegram does not get through, and when it does again', async () => {
    const words = 'Wrong response from the webhook: 502 Bad Gateway';
    server.lastWebhookError = { last_error_date: 1_700_000_000, last_error_message: words };
    await connected(async () => {
      Object.assign(server.webhook, { pending_update_count: 3 });
      await server.untilCalled('getWebhookInfo', 3);
      expect(host.states.at(-1)).toEqual({ status: 'connected' });
      server.lastWebhookError = { last_error_date: 1_700_000_060, last_error_message: words };
      await host.untilStatus('disconnected');
      expect(host.states.at(-1)?.error).toContain('502 Bad Gateway');
      Object.assign(server.webhook, { pending_update_count: 0 });
      await host.untilStatus('connected', 2);
    });
  });

  it('takes back a webhook that somebody changed', async () => {
    await connected(async () => {
      server.webhook = { url: '' };
      await server.untilCalled('setWebhook', 2);
    });
    expect(server.webhook).toMatchObject({ url });
  });

  it('is not there for a bot that is polled', async () => {
    const { channel: polled } = channelOn(server);
    expect(polled.receive).toBeUndefined();
    await polled.close();
  });

  it('throws what a sender may know', async () => {
    await expect(channel.send('1', 'x', AbortSignal.timeout(5_000))).rejects.toThrow('chat not found');
    await server.down();
    await expect(channel.send('1', 'x', AbortSignal.timeout(5_000))).rejects.toThrow(ChannelUnavailable);
  });
});
