import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelPort, ChannelRejected, type IncomingMessage, Unavailable } from '@openclaw/core';
import { RecordingHost } from '@openclaw/core/testing';
import type { TelegramServer } from '../../../../test/telegram-server/telegram-server.js';
import { channelOn, pollingFixture } from './telegram-fixture.js';

describe('polling telegram', () => {
  let fixture: Awaited<ReturnType<typeof pollingFixture>>;
  let server: TelegramServer;
  let host: RecordingHost;
  beforeEach(async () => {
    fixture = await pollingFixture();
    ({ server } = fixture);
    host = new RecordingHost();
  });
  afterEach(async () => {
    await host.leave().catch(() => undefined);
    await fixture.stop();
  });
  const connect = (channel: ChannelPort = fixture.channel) => host.connect(channel);
  const json = (body: Record<string, unknown>) => JSON.stringify({ ok: false, ...body });

  it('tells Telegram that an update has arrived only when it is stored', async () => {
    const store = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    host.accept = async (message: IncomingMessage) => {
      asked.resolve();
      await store.promise;
      host.messages.push(message);
    };
    connect();
    await host.untilStatus('connected');
    const { update_id } = server.write({ text: 'hello' });
    await asked.promise;
    expect(server.unconfirmed).toEqual([update_id]);
    store.resolve();
    await server.until(() => server.unconfirmed.length === 0);
    expect(host.texts).toEqual(['hello']);
  });

  it('gets again, under the same name, what was not stored when it left', async () => {
    const asked = Promise.withResolvers<IncomingMessage>();
    host.accept = (message: IncomingMessage) => {
      asked.resolve(message);
      return new Promise(() => undefined);
    };
    server.write({ text: 'hello' });
    connect();
    const { updateId } = await asked.promise;
    await host.leave();
    const next = new RecordingHost();
    host = next;
    connect();
    await next.until(({ messages }) => messages.length > 0);
    expect(next.messages[0]).toMatchObject({ updateId, text: 'hello' });
  });

  it('is not connected while Telegram is silent, and is again when it answers', async () => {
    const poll = { holdSeconds: 1, quietMs: -950, patienceMs: 60_000, restMs: 20 };
    const { channel } = channelOn(server, {}, { poll });
    connect(channel);
    await host.untilStatus('disconnected');
    expect(host.states.at(-1)?.error).toBe('Telegram does not answer');
    await host.untilStatus('connected', 2);
    expect(server.calls.filter(({ method }) => method === 'getMe')).toHaveLength(1);
    await host.leave();
    await channel.close();
  });

  it('offers an update again while it can not be stored, and none of those behind it before', async () => {
    let failures = 3;
    const { accept } = host;
    host.accept = async (message: IncomingMessage) => {
      if (failures-- > 0) throw new Unavailable('the database is away');
      await accept(message);
    };
    server.write({ text: 'one' });
    server.write({ text: 'two' });
    connect();
    await host.until(({ messages }) => messages.length === 2);
    expect(host.texts).toEqual(['one', 'two']);
  });

  it('leaves an update out, and says so, that the host always breaks on', async () => {
    const { channel, logger } = channelOn(server, {}, { firstPauseMs: 1 });
    const { accept } = host;
    host.accept = async (message: IncomingMessage) => {
      if (message.text === 'poison') throw new TypeError('a mistake of ours');
      await accept(message);
    };
    server.write({ text: 'poison' });
    server.write({ text: 'next' });
    connect(channel);
    await host.until(({ messages }) => messages.length === 1);
    expect(host.texts).toEqual(['next']);
    expect(logger.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
    await host.leave();
    await channel.close();
  });

  it('is not stopped by updates that it does not understand', async () => {
    server.deliver({ message: null });
    server.deliver({ message: { chat: {}, from: {}, text: 5, entities: 'x' } });
    server.deliver({ unheard_of: {} });
    server.write({ text: 'hello' });
    connect();
    await server.until(() => server.unconfirmed.length === 0);
    expect(host.texts).toEqual(['hello']);
  });

  it('takes updates that come twice or in another order, and confirms them all', async () => {
    for (const update_id of [12, 11, 12, 10])
      server.deliver({ update_id, message: server.message({ text: `no ${update_id}` }) });
    connect();
    await server.until(() => server.unconfirmed.length === 0);
    expect(host.texts).toEqual(['no 12', 'no 11', 'no 12', 'no 10']);
    expect(new Set(host.messages.map(({ updateId }) => updateId)).size).toBe(3);
  });

  it('takes numbers that begin anew below the last', async () => {
    connect();
    server.deliver({ update_id: 900_000, message: server.message({ text: 'old' }) });
    await server.until(() => server.unconfirmed.length === 0);
    // The quiet week: a call that confirms nothing lies between.
    const polls = server.calls.length;
    await server.until(() => server.calls.slice(polls).some(({ payload }) => payload.offset === undefined));
    server.deliver({ update_id: 5, message: server.message({ text: 'new' }) });
    await host.until(({ messages }) => messages.length === 2);
    expect(host.texts).toEqual(['old', 'new']);
  });

  it('takes the webhook away that is in its way', async () => {
    server.webhook = { url: 'https://elsewhere.example/' };
    connect();
    await host.untilStatus('connected');
    expect(server.webhook).toEqual({ url: '' });
  });

  it('asks only for what it can use', async () => {
    connect();
    await host.untilStatus('connected');
    const { payload } = server.calls.find(({ method }) => method === 'getUpdates') ?? {};
    expect(payload).toEqual({ timeout: 0, allowed_updates: ['message', 'edited_message'] });
  });

  it.each([
    [
      '429',
      {
        status: 429,
        body: json({
          error_code: 429,
          description: 'Too Many Requests: retry after 0',
          parameters: { retry_after: 0 },
        }),
      },
      /patience/,
    ],
    ['502', { status: 502, body: '<html>' }, /502/],
    ['a page', { status: 200, body: '<html>' }, /no JSON/],
    ['no list', { status: 200, body: '{"ok":true,"result":7}' }, /no list/],
    ['a reset', 'reset' as const, /could not be reached/],
    [
      'another poller',
      { status: 409, body: json({ error_code: 409, description: 'Conflict: terminated by other getUpdates request' }) },
      /Conflict/,
    ],
  ])('tells that it is not connected after %s, and comes back', async (_, how, why) => {
    connect();
    await host.untilStatus('connected');
    server.faults.push({ of: 'getUpdates', how });
    await host.untilStatus('connected', 2);
    const states = host.states.map(({ status }) => status);
    expect(states).toEqual(['connecting', 'connected', 'disconnected', 'connected']);
    expect(host.states[2]?.error).toMatch(why);
    expect(host.states[2]?.error).not.toContain('local-secret-token');
    server.write({ text: 'still here' });
    await host.until(({ messages }) => messages.length > 0);
  });

  it('comes back from a call that hangs', async () => {
    const { channel } = channelOn(server, {}, { poll: { holdSeconds: 0, quietMs: 60_000, patienceMs: 50, restMs: 1 } });
    connect(channel);
    await host.untilStatus('connected');
    server.faults.push({ of: 'getUpdates', how: 'hang' });
    await host.untilStatus('connected', 2);
    expect(host.states[2]?.error).toMatch(/did not answer getUpdates within 50 ms/);
    await host.leave();
    await channel.close();
  });

  it.each(['4242:local-secret-token-2', '1:x'])(
    'gives up with a token that is refused, and says what to do',
    async (token) => {
      const { channel } = channelOn({ url: server.url, token });
      connect(channel);
      const error: unknown = await host.ended.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ChannelRejected);
      expect(String(error)).toMatch(/refuses the bot's token \(401 Unauthorized\).*@BotFather/);
      expect(inspect(error, { depth: 10 })).not.toContain(token);
      expect(host.states.at(-1)).toEqual({ status: 'disconnected', error: (error as Error).message });
      await channel.close();
    },
  );

  it('gives up when its token is revoked while it polls', async () => {
    connect();
    await host.untilStatus('connected');
    server.write({ text: 'last' });
    await host.until(({ messages }) => messages.length > 0);
    server.token = undefined;
    await expect(host.ended).rejects.toThrow(/401/);
    expect(host.texts).toEqual(['last']);
  });

  it('leaves promptly, with nothing open', async () => {
    connect();
    await host.untilStatus('connected');
    await server.untilCalled('getUpdates', 2);
    await host.leave();
    expect(host.states.at(-1)).toEqual({ status: 'disconnected' });
    await fixture.channel.close();
    await server.untilConnections((count) => count === 0);
  });

  it('does nothing when it is to leave before it came', async () => {
    await host.leave();
    connect();
    await host.ended;
    expect(server.calls).toEqual([]);
  });
});
