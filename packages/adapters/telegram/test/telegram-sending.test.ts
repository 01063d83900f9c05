import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelRejected, ChannelUnavailable } from '@openclaw/core';
import { failureWithout } from '../../../../test/vendor-server/failure-without.js';
import type { TelegramServer } from '../../../../test/telegram-server/telegram-server.js';
import type { TelegramChannel } from '../src/telegram-channel.js';
import { pollingFixture } from './telegram-fixture.js';
import { channelOn } from './telegram-fixture.js';

const { signal } = new AbortController();

describe('sending to telegram', () => {
  let fixture: Awaited<ReturnType<typeof pollingFixture>>;
  let server: TelegramServer;
  let channel: TelegramChannel;
  beforeEach(async () => {
    fixture = await pollingFixture();
    ({ server, channel } = fixture);
  });
  afterEach(() => fixture.stop());

  const failure = (work: Promise<unknown>) => failureWithout('local-secret-token', work);

  it('writes HTML, without previews of links', async () => {
    await channel.send('77', '**bold** <&> [a](https://a.example/) @ada', signal);
    expect(server.messages[0]).toMatchObject({ text: 'bold <&> a @\u2060ada', parseMode: 'HTML' });
    expect(server.calls.at(-1)?.payload.link_preview_options).toEqual({ is_disabled: true });
  });

  it('writes plain text where Telegram can not read the HTML', async () => {
    const body = {
      ok: false,
      error_code: 400,
      description: "Bad Request: can't parse entities: Unsupported start tag",
    };
    server.faults.push({ of: 'sendMessage', how: { status: 400, body: JSON.stringify(body) } });
    await channel.send('77', '**bold** @ada', signal);
    expect(server.messages).toMatchObject([{ source: '**bold** @\u2060ada' }]);
    expect(server.messages[0]?.parseMode).toBeUndefined();
  });

  it('writes plain text where the Markdown shows nothing', async () => {
    await channel.send('77', '[a]: https://a.example', signal);
    expect(server.messages[0]?.text).toBe('[a]: https://a.example');
  });

  it('writes into a topic, and shows there that it writes', async () => {
    const { messageId } = await channel.send('77:9', 'hello', signal);
    await channel.typing('77:9', signal);
    await channel.edits.edit('77:9', messageId, 'hello there', signal);
    expect(server.messages).toMatchObject([{ chatId: '77', thread: 9, text: 'hello there' }]);
    expect(server.calls.map(({ method, payload }) => [method, payload.message_thread_id])).toEqual([
      ['sendMessage', 9],
      ['sendChatAction', 9],
      ['editMessageText', undefined],
    ]);
  });

  it('takes the public name of a chat, and nothing that is no chat', async () => {
    server.chats.add('@channel_name');
    await channel.send('@channel_name', 'hello', signal);
    for (const chatId of ['', 'ada', '77:', '77:x', '7'.repeat(40), '../77', '77\n']) {
      expect(await failure(channel.send(chatId, 'hello', signal))).toBeInstanceOf(ChannelRejected);
    }
    expect(server.calls).toHaveLength(1);
  });

  it.each([
    [403, 'Forbidden: bot was blocked by the user'],
    [403, 'Forbidden: bot was kicked from the supergroup chat'],
    [400, 'Bad Request: not enough rights to send text messages to the chat'],
  ])('says in the words of Telegram why it never will: %s %s', async (code, description) => {
    server.refusing.set('5', { code, description });
    const error = await failure(channel.send('5', 'hello', signal));
    expect(error).toBeInstanceOf(ChannelRejected);
    expect(error.message).toContain(description);
  });

  it('follows a group that became a supergroup, and remembers', async () => {
    server.chats.add('-1009');
    server.refusing.set('-9', {
      code: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: -1009 },
    });
    await channel.send('-9', 'one', signal);
    await channel.send('-9', 'two', signal);
    expect(server.messages.map(({ chatId, text }) => [chatId, text])).toEqual([
      ['-1009', 'one'],
      ['-1009', 'two'],
    ]);
    expect(server.calls).toHaveLength(3);
  });

  it('says how long Telegram wants to be left alone', async () => {
    const body = {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 7',
      parameters: { retry_after: 7 },
    };
    server.faults.push({ how: { status: 429, body: JSON.stringify(body) } });
    const error = await failure(channel.send('77', 'hello', signal));
    expect(error).toMatchObject({ constructor: ChannelUnavailable, retryAfterMs: 7_000, retryAfterSeconds: 7 });
  });

  it.each([
    ['a page with a 502', { status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } }],
    ['a page with a 200', { status: 200, body: '<html>hello</html>' }],
    ['half an answer', { status: 200, body: '{"ok":tr' }],
    ['nothing', { status: 200, body: '' }],
    ['a 500', { status: 500, body: '{"ok":false,"error_code":500,"description":"Internal Server Error"}' }],
    ['a 401', { status: 401, body: '{"ok":false,"error_code":401,"description":"Unauthorized"}' }],
    ['words with the token', { status: 500, body: '', headers: { 'x-reason': 'local-secret-token' } }],
    ['a reset', 'reset' as const],
    ['a reset after the message was taken', 'lose' as const],
  ])('may go later after %s', async (_, how) => {
    server.faults.push({ how });
    expect(await failure(channel.send('77', 'hello', signal))).toBeInstanceOf(ChannelUnavailable);
    await channel.send('77', 'again', signal);
    expect(server.messages.at(-1)?.text).toBe('again');
  });

  it('does not wait for an answer that never comes', async () => {
    const { channel: hasty } = channelOn(server, {}, { patienceMs: 50 });
    server.faults.push({ how: 'hang' });
    const error = await failure(hasty.send('77', 'hello', signal));
    expect(error).toBeInstanceOf(ChannelUnavailable);
    expect(error.message).toContain('did not answer sendMessage within 50 ms');
    await hasty.close();
  });

  it('stops waiting when it is told to', async () => {
    const leave = new AbortController();
    server.faults.push({ how: 'hang' });
    const sent = channel.send('77', 'hello', leave.signal);
    await server.untilCalled('sendMessage');
    const reason = new Error('enough');
    leave.abort(reason);
    await expect(sent).rejects.toBe(reason);
  });

  it('keeps no connection of failed calls', async () => {
    for (let no = 0; no < 20; no++) {
      server.faults.push({ how: { status: 503, body: 'x'.repeat(200_000) } });
      await failure(channel.send('77', 'hello', signal));
    }
    await server.untilConnections((count) => count <= 1);
  });

  it('tells that an edited message is gone', async () => {
    const error = await failure(channel.edits.edit('77', '1', 'hello', signal));
    expect(error).toMatchObject({ constructor: ChannelRejected });
    expect(error.message).toContain('message to edit not found');
  });

  it('may have sent what was not confirmed: Telegram knows no key to tell', async () => {
    server.faults.push({ of: 'sendMessage', how: 'lose' });
    await failure(channel.send('77', 'hello', signal));
    expect(server.messages).toHaveLength(1);
  });

  it('gives no sign of life with a token that was revoked', async () => {
    server.token = undefined;
    const error = await failure(channel.check(signal));
    expect(error).toBeInstanceOf(ChannelUnavailable);
    expect(error.message).toContain('401 Unauthorized');
  });
});
