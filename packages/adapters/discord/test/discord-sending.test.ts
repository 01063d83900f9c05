import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelRejected, ChannelUnavailable } from '@openclaw/core';
import { failureWithout } from '../../../../test/vendor-server/failure-without.js';
import type { DiscordServer } from '../../../../test/discord-server/discord-server.js';
import type { DiscordChannel } from '../src/discord-channel.js';
import { CHAT, channelOn, discordFixture } from './discord-fixture.js';

const { signal } = new AbortController();
const SEND = 'POST /channels/:id/messages';

describe('sending to discord', () => {
  let fixture: Awaited<ReturnType<typeof discordFixture>>;
  let server: DiscordServer;
  let channel: DiscordChannel;
  beforeEach(async () => {
    fixture = await discordFixture();
    ({ server, channel } = fixture);
  });
  afterEach(() => fixture.stop());

  const failure = (work: Promise<unknown>) => failureWithout('local.secret.token', work);

  it('calls nobody, and has nothing fetched for previews', async () => {
    const { messageId } = await channel.send(CHAT, '@everyone <@400000000000000077> https://a.example', signal);
    const harmless = { allowed_mentions: { parse: [] }, flags: 4 };
    expect(server.messages[0]).toMatchObject(harmless);
    await channel.edits.edit(CHAT, messageId, '@here', signal);
    expect(server.messages[0]).toMatchObject({ text: '@here', ...harmless });
  });

  it.each(['reset', 'lose', 'hang'] as const)('does not say twice what it says again after: %s', async (how) => {
    // Long enough for what is said again, on a busy machine too.
    const { channel: hasty } = channelOn(server, {}, { patienceMs: how === 'hang' ? 2_000 : 10_000 });
    server.faults.push({ of: SEND, how });
    expect(await failure(hasty.send(CHAT, 'hello', signal))).toBeInstanceOf(ChannelUnavailable);
    const { messageId } = await hasty.send(CHAT, 'hello', signal);
    expect(server.messages).toMatchObject([{ messageId, text: 'hello' }]);
    await hasty.close();
  });

  it('does not say twice what it was told to leave off', async () => {
    const leave = new AbortController();
    const reason = new Error('enough');
    server.faults.push({ of: SEND, how: 'hang' });
    const sent = channel.send(CHAT, 'hello', leave.signal);
    await server.untilCalled(SEND);
    leave.abort(reason);
    await expect(sent).rejects.toBe(reason);
    await channel.send(CHAT, 'hello', signal);
    const [first, second] = server.calls;
    expect(first?.body.nonce).toBe(second?.body.nonce);
  });

  it('says the same twice when it is told to', async () => {
    await channel.send(CHAT, 'yes', signal);
    await channel.send(CHAT, 'yes', signal);
    expect(server.messages).toHaveLength(2);
  });

  it.each([
    [403, 50_001, 'Missing Access'],
    [403, 50_013, 'Missing Permissions'],
    [404, 10_003, 'Unknown Channel'],
    [403, 50_007, 'Cannot send messages to this user'],
  ])('says in the words of Discord why it never will: %s %s', async (status, code, description) => {
    server.refusing.set(CHAT, { status, code, description });
    const error = await failure(channel.send(CHAT, 'hello', signal));
    expect(error).toBeInstanceOf(ChannelRejected);
    expect(error.message).toBe(`Discord says: ${description} (${code})`);
  });

  it('says what Discord does not take', async () => {
    const error = await failure(channel.send(CHAT, ' ', signal));
    expect(error).toMatchObject({ constructor: ChannelRejected, message: expect.stringContaining('empty message') });
  });

  it('says how long Discord wants to be left alone, and does not wait itself', async () => {
    const headers = { 'content-type': 'application/json', 'retry-after': '7' };
    const body = JSON.stringify({ message: 'You are being rate limited.', retry_after: 6.5, global: false });
    server.faults.push({ how: { status: 429, body, headers } });
    const error = await failure(channel.send(CHAT, 'hello', signal));
    expect(error).toBeInstanceOf(ChannelUnavailable);
    expect((error as ChannelUnavailable).retryAfterMs).toBeGreaterThanOrEqual(7_000);
    expect((error as ChannelUnavailable).retryAfterMs).toBeLessThan(8_000);
  });

  it.each([
    ['a page with a 502', { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['a page with a 403, which is not from Discord', { status: 403, body: '<html>' }],
    ['a page that calls itself JSON', { status: 200, body: '<html>', headers: { 'content-type': 'application/json' } }],
    ['a 503 with many words', { status: 503, body: 'x'.repeat(200_000) }],
    ['an overload', { status: 503, body: '{"code":130000,"message":"API resource is currently overloaded"}' }],
    [
      'a 401',
      {
        status: 401,
        body: '{"code":0,"message":"401: Unauthorized"}',
        headers: { 'content-type': 'application/json' },
      },
    ],
    ['a reset', 'reset' as const],
  ])('may go later after %s', async (_, how) => {
    server.faults.push({ how });
    expect(await failure(channel.send(CHAT, 'hello', signal))).toBeInstanceOf(ChannelUnavailable);
    await channel.send(CHAT, 'again', signal);
    expect(server.messages.at(-1)?.text).toBe('again');
  });

  it('keeps no connection of failed calls', async () => {
    for (let no = 0; no < 20; no++) {
      server.faults.push({ how: { status: 503, body: 'x'.repeat(200_000) } });
      await failure(channel.send(CHAT, 'hello', signal));
    }
    await server.untilConnections((count) => count <= 2);
  });

  it('does not wait for an answer that never ends', async () => {
    const { channel: hasty } = channelOn(server, {}, { patienceMs: 50 });
    server.faults.push({ how: 'hang' });
    expect((await failure(hasty.check(signal))).message).toBe('Discord did not answer within 50 ms');
    await hasty.close();
  });

  it('takes nothing for a chat that is none', async () => {
    for (const chatId of ['', 'general', '12', `${CHAT}/../x`, `${CHAT}\n`])
      for (const work of [
        channel.send(chatId, 'hello', signal),
        channel.typing(chatId, signal),
        channel.edits.edit(chatId, CHAT, 'hello', signal),
        channel.edits.edit(CHAT, chatId, 'hello', signal),
      ])
        expect(await failure(work)).toBeInstanceOf(ChannelRejected);
    expect(server.calls).toEqual([]);
  });

  it('tells that an edited message is gone', async () => {
    const error = await failure(channel.edits.edit(CHAT, '300000000000000999', 'hello', signal));
    expect(error.message).toBe('Discord says: Unknown Message (10008)');
  });

  it('gives no sign of life with a token that was revoked', async () => {
    server.token = undefined;
    const error = await failure(channel.check(signal));
    expect(error).toBeInstanceOf(ChannelUnavailable);
    expect(error.message).toContain("refuses the bot's token");
  });

  it('leaves no connection behind', async () => {
    await channel.check(signal);
    await channel.close();
    await server.untilConnections((count) => count === 0);
  });
});
