import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelPort, ChannelRejected, type IncomingMessage, Unavailable } from '@openclaw/core';
import { RecordingHost } from '@openclaw/core/testing';
import type { DiscordServer } from '../../../../test/discord-server/discord-server.js';
import { OPCODE } from '../../../../test/discord-server/gateway-session.js';
import { CHAT, channelOn, discordFixture, GATEWAY } from './discord-fixture.js';

describe("discord's gateway", () => {
  let fixture: Awaited<ReturnType<typeof discordFixture>>;
  let server: DiscordServer;
  let host: RecordingHost;
  beforeEach(async () => {
    fixture = await discordFixture();
    ({ server } = fixture);
    host = new RecordingHost();
  });
  afterEach(async () => {
    await host.leave().catch(() => undefined);
    await fixture.stop();
  });
  const connect = (channel: ChannelPort = fixture.channel) => host.connect(channel);
  const heard = (op: number) => server.heard.filter((message) => message.op === op).length;

  it('asks for messages and their content, and nothing else', async () => {
    connect();
    await host.untilStatus('connected');
    const { d } = server.heard.find(({ op }) => op === OPCODE.identify) ?? {};
    expect((d as { intents: number }).intents).toBe((1 << 9) | (1 << 12) | (1 << 15));
  });

  it('hears afterwards what was said while it was away', async () => {
    connect();
    await host.untilStatus('connected');
    await server.down();
    await host.until(({ states }) => states.at(-1)?.status === 'disconnected');
    server.write({ content: 'in between' });
    await server.up();
    await host.until(({ messages }) => messages.length > 0);
    expect(host.texts).toEqual(['in between']);
    expect(server.sessions).toHaveLength(1);
    expect(host.statuses).toEqual(['connecting', 'connected', ...host.statuses.slice(2, -1), 'connected']);
  });

  it('resumes its session after a reset, and after Discord asked for it', async () => {
    connect();
    await host.untilStatus('connected');
    server.cut();
    await host.untilStatus('connected', 2);
    server.say(OPCODE.reconnect);
    await host.untilStatus('connected', 3);
    server.closeGateway(4_000);
    await host.untilStatus('connected', 4);
    expect(server.sessions).toHaveLength(1);
    expect(heard(OPCODE.resume)).toBe(3);
    // Moved by Discord: no failure.
    expect(host.statuses).toEqual([
      ...['connecting', 'connected', 'disconnected', 'connected'],
      ...['connecting', 'connected', 'disconnected', 'connected'],
    ]);
  });

  it('begins a new session where the old one is gone', async () => {
    connect();
    await host.untilStatus('connected');
    server.sessions.length = 0;
    server.cut();
    await host.untilStatus('connected', 2);
    expect(heard(OPCODE.identify)).toBe(2);
    server.write({ content: 'hello' });
    await host.until(({ messages }) => messages.length > 0);
  });

  it.each([1_000, 4_007, 4_009])('begins a new session after the close code %s', async (code) => {
    connect();
    await host.untilStatus('connected');
    server.closeGateway(code);
    await host.untilStatus('connected', 2);
    expect(heard(OPCODE.identify)).toBe(2);
    expect(heard(OPCODE.resume)).toBe(0);
  });

  it('notices a connection that has died without a sign', async () => {
    server.heartbeatMs = 30;
    connect();
    await host.untilStatus('connected');
    await server.untilHeard(OPCODE.heartbeat);
    server.deaf = true;
    await host.until(({ states }) => states.length > 2);
    server.deaf = false;
    await host.untilStatus('connected', 2);
  });

  it('is not connected while Discord is silent, and is again when it answers', async () => {
    const pulse = { askMs: 20, quietMs: 20, lostMs: 60_000 };
    const { channel } = channelOn(server, {}, { gateway: { ...GATEWAY, pulse } });
    connect(channel);
    await host.untilStatus('connected');
    await server.untilHeard(OPCODE.heartbeat);
    server.deaf = true;
    await host.untilStatus('disconnected');
    expect(host.states.at(-1)?.error).toBe('Discord does not answer');
    server.deaf = false;
    await host.untilStatus('connected', 2);
    expect(server.upgrades).toBe(1);
    await host.leave();
    await channel.close();
  });

  it('makes another connection when Discord stays silent', async () => {
    const pulse = { askMs: 20, quietMs: 20, lostMs: 60 };
    const { channel } = channelOn(server, {}, { gateway: { ...GATEWAY, pulse } });
    connect(channel);
    await host.untilStatus('connected');
    server.deaf = true;
    await server.until(() => server.upgrades > 1);
    server.deaf = false;
    await host.untilStatus('connected', 2);
    expect(server.sessions).toHaveLength(1);
    await host.leave();
    await channel.close();
  });

  describe('after a session that is lost', () => {
    const group = '200000000000000009';
    /** Hears one message, and goes; what is written then is told to nobody. */
    const away = async () => {
      connect();
      await host.untilStatus('connected');
      const { id } = server.write({ content: 'heard' });
      await host.until(({ messages }) => messages.length === 1);
      await host.leave();
      server.sessions.length = 0;
      host = new RecordingHost();
      host.known.push({ chatId: CHAT, lastUpdateId: String(id), lastMessageAt: new Date() });
    };

    it('hears what was written meanwhile, in order and before what is written then', async () => {
      await away();
      for (let no = 1; no <= 120; no++) server.write({ content: `missed ${no}` });
      const fetching = server.untilCalled('GET /channels/:id/messages');
      connect();
      await fetching;
      server.write({ content: 'new' });
      await host.until(({ messages }) => messages.some(({ text }) => text === 'new'));
      const missed = Array.from({ length: 120 }, (_, no) => `missed ${no + 1}`);
      // What is written while the chat is looked through may be heard twice, under one name.
      expect([...new Set(host.texts)]).toEqual([...missed, 'new']);
      expect(host.messages[0]?.kind).toBe('direct');
    });

    it('knows a group, which REST does not tell, and passes over chats that are gone', async () => {
      await away();
      server.chats.add(group);
      server.servers.set(group, '900000000000000001');
      host.known.unshift(
        { chatId: '299999999999999999', lastMessageAt: new Date() },
        { chatId: group, lastMessageAt: new Date() },
      );
      server.write({ channel_id: group, guild_id: '900000000000000001', content: 'between us' });
      const mentions = [{ id: server.self.id, username: 'claw' }];
      server.write({
        channel_id: group,
        guild_id: '900000000000000001',
        content: `<@${server.self.id}> you`,
        mentions,
      });
      connect();
      await host.until(({ messages }) => messages.length === 2);
      expect(host.messages.map(({ text, kind, addressed }) => [text, kind, addressed])).toEqual([
        ['between us', 'group', false],
        ['you', 'group', true],
      ]);
    });

    it('waits as long as Discord asks, and tries again', async () => {
      await away();
      server.write({ content: 'missed' });
      const slow = { status: 429, body: '{}', headers: { 'retry-after': '0.01' } };
      server.faults.push({ of: 'GET /channels/:id/messages', how: slow });
      server.faults.push({ of: 'GET /channels/:id/messages', how: 'reset' });
      connect();
      await host.until(({ messages }) => messages.length === 1);
      expect(host.texts).toEqual(['missed']);
    });

    it('looks once, and not after a session that goes on', async () => {
      await away();
      connect();
      await server.untilCalled('GET /channels/:id/messages');
      server.cut();
      await host.untilStatus('connected', 2);
      server.write({ content: 'hello' });
      await host.until(({ messages }) => messages.length === 1);
      expect(server.calls.filter(({ route }) => route === 'GET /channels/:id/messages')).toHaveLength(1);
    });
  });

  it('leaves a gateway that does not answer, with nothing open', async () => {
    server.silent = true;
    connect();
    await server.until(() => server.upgrades > 0);
    await host.leave();
    await fixture.channel.close();
    await server.untilConnections((count) => count === 0);
  });

  it('stores in order, one after another, and waits while it can not', async () => {
    let failures = 2;
    const { accept } = host;
    host.accept = async (message: IncomingMessage) => {
      if (failures-- > 0) throw new Unavailable('the database is away');
      await accept(message);
    };
    connect();
    await host.untilStatus('connected');
    for (const content of ['one', 'two', 'three']) server.write({ content });
    await host.until(({ messages }) => messages.length === 3);
    expect(host.texts).toEqual(['one', 'two', 'three']);
  });

  it('hears again what it could not store before it left', async () => {
    const { channel } = channelOn(server, {}, { graceMs: 1 });
    const asked = Promise.withResolvers<void>();
    host.accept = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    connect(channel);
    await host.untilStatus('connected');
    server.write({ content: 'one' });
    server.write({ content: 'two' });
    await asked.promise;
    await host.leave();
    host = new RecordingHost();
    connect(channel);
    await host.until(({ messages }) => messages.length === 2);
    expect(host.texts).toEqual(['one', 'two']);
    await host.leave();
    await channel.close();
  });

  it('is not stopped by messages that it does not understand', async () => {
    connect();
    await host.untilStatus('connected');
    server.tellAgain({ id: '1', type: 0 });
    server.tellAgain({});
    server.write({ content: 'hello' });
    await host.until(({ messages }) => messages.length > 0);
    expect(host.texts).toEqual(['hello']);
  });

  it('does not hear itself', async () => {
    connect();
    await host.untilStatus('connected');
    server.write({ content: 'mine', author: { ...server.self, bot: undefined } });
    server.write({ content: 'yours' });
    await host.until(({ messages }) => messages.length > 0);
    expect(host.texts).toEqual(['yours']);
  });

  it.each([
    ['502', { status: 502, body: '<html>' }],
    ['a reset', 'reset' as const],
    ['429', { status: 429, body: '{}', headers: { 'retry-after': '0.01' } }],
  ])('tries again when it can not learn where the gateway is: %s', async (_, how) => {
    server.faults.push({ of: 'GET /gateway/bot', how });
    connect();
    await host.untilStatus('connected');
    expect(host.statuses).toEqual(['connecting', 'disconnected', 'connected']);
    expect(host.states[1]?.error?.length).toBeGreaterThan(10);
  });

  it('begins no more sessions than it may', async () => {
    server.sessionsLeft = 0;
    connect();
    await host.untilStatus('disconnected');
    expect(host.states.at(-1)?.error).toContain('no more sessions');
    server.sessionsLeft = 1;
    await host.untilStatus('connected');
  });

  it('gives up when the API refuses its token, and says what to do', async () => {
    const { channel } = channelOn(server, { token: 'other.token' });
    connect(channel);
    const error: unknown = await host.ended.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChannelRejected);
    expect(String(error)).toMatch(/refuses the bot's token. Put the one that/);
    expect(inspect(error, { depth: 10 })).not.toContain('other.token');
    expect(host.states.at(-1)?.status).toBe('disconnected');
    await channel.close();
  });

  it.each([
    [4_004, /refuses the bot's token/],
    [4_011, /too many servers/],
    [4_013, /intents/],
  ])('gives up when the gateway closes with %s', async (code, words) => {
    connect();
    await host.untilStatus('connected');
    server.closeGateway(code);
    await expect(host.ended).rejects.toThrow(words);
    await expect(host.ended).rejects.toThrow(ChannelRejected);
  });

  it('gives up when its token is revoked while it is connected', async () => {
    connect();
    await host.untilStatus('connected');
    server.token = undefined;
    server.cut();
    await expect(host.ended).rejects.toThrow(/refuses the bot's token/);
  });

  it('says which switch is off in the portal', async () => {
    server.withoutMessageContent = true;
    connect();
    await expect(host.ended).rejects.toThrow(/Message Content Intent/);
    expect(host.states.at(-1)?.error).toMatch(/Message Content Intent/);
  });

  it('goes where it is told to, also to resume', async () => {
    const { channel } = channelOn(server, { gatewayUrl: server.gatewayUrl });
    connect(channel);
    await host.untilStatus('connected');
    server.cut();
    await host.untilStatus('connected', 2);
    expect(heard(OPCODE.resume)).toBe(1);
    await host.leave();
    await channel.close();
  });

  it('leaves promptly, with nothing open', async () => {
    connect();
    await host.untilStatus('connected');
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
