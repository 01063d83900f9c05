import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelReply, Unavailable } from '@openclaw/core';
import { RecordingHost, channelRequest } from '@openclaw/core/testing';
import { signSlack } from '../../../../test/slack-server/events-api.js';
import type { Writing } from '../../../../test/slack-server/workspace.js';
import { type SlackFixture, startSlackFixture } from './slack-fixture.js';

const GENERAL = 'C0000GENERAL';
const THREAD = '1700000000.000100';
const BOT = '<@U0000BOT>';

describe('Slack over HTTP', () => {
  let fixture: SlackFixture;
  let host: RecordingHost;
  beforeEach(async () => {
    fixture = await startSlackFixture('http');
    host = new RecordingHost();
    fixture.slack.postTo = async (headers, body) => (await receive({ headers, body })).status;
  });
  afterEach(() => fixture.stop());

  const receive = async (request: Parameters<typeof channelRequest>[0]): Promise<ChannelReply> =>
    (await fixture.channel.receive?.(channelRequest(request), host)) ?? { status: 0 };
  const signed = (text: string | object, at?: number) => {
    const body = Buffer.from(typeof text === 'string' ? text : JSON.stringify(text));
    return { body, headers: signSlack(body, fixture.slack.workspace.signingSecret, at) };
  };
  const event = (writing: Writing = {}) => fixture.slack.workspace.write(writing)[0] ?? {};

  describe('who calls', () => {
    it('answers the challenge of Slack, and of nobody else', async () => {
      const question = { type: 'url_verification', challenge: '3eZbrw1aB', token: 'x' };
      expect(await receive(signed(question))).toEqual({
        status: 200,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: '3eZbrw1aB',
      });
      expect((await receive({ ...signed(question), headers: {} })).status).toBe(401);
      expect((await receive(signed({ type: 'url_verification' }))).status).toBe(400);
    });

    it('lets nothing in that is not signed as it should be', async () => {
      const { body, headers } = signed(event());
      const { 'x-slack-signature': signature = '', 'x-slack-request-timestamp': timestamp = '' } = headers;
      const forged: Record<string, string | string[]>[] = [
        {},
        { 'x-slack-request-timestamp': timestamp },
        { 'x-slack-signature': signature },
        { ...headers, 'x-slack-signature': `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}` },
        { ...headers, 'x-slack-signature': signature.replace('v0', 'v1') },
        { ...headers, 'x-slack-signature': signature.toUpperCase() },
        { ...headers, 'x-slack-signature': `${signature}0` },
        { ...headers, 'x-slack-signature': 'é'.repeat(33) },
        { ...headers, 'x-slack-signature': [signature, signature] },
        { ...headers, 'x-slack-request-timestamp': String(Number(timestamp) + 1) },
        { ...headers, 'x-slack-request-timestamp': 'NaN' },
        { ...signSlack(body, 'another secret') },
      ];
      for (const wrong of forged) expect(await receive({ body, headers: wrong })).toEqual({ status: 401 });
      expect((await receive({ body: Buffer.concat([body, Buffer.from(' ')]), headers })).status).toBe(401);
      expect(host.messages).toEqual([]);
      expect((await receive({ body, headers })).status).toBe(200);
    });

    it.each([
      [-301, 401],
      [-290, 200],
      [290, 200],
      [310, 401],
    ])('takes a request that is %d s old or early with status %d', async (seconds, status) => {
      expect((await receive(signed(event(), Date.now() + seconds * 1_000))).status).toBe(status);
    });

    it('checks the bytes, whatever they are', async () => {
      expect((await receive(signed('{"type":"event_callback"'))).status).toBe(200);
      const body = Buffer.from([0xff, 0xfe, 0x00]);
      expect((await receive({ body, headers: signSlack(body, fixture.slack.workspace.signingSecret) })).status).toBe(
        200,
      );
      expect((await receive({ ...signed(''), method: 'GET' })).status).toBe(405);
    });
  });

  it('lets Slack come again when the message was not stored', async () => {
    const accept = host.accept;
    host.accept = () => Promise.reject(new Unavailable('the database is away'));
    const { body, headers } = signed(event());
    expect((await receive({ body, headers })).status).toBe(503);
    host.accept = () => Promise.reject(new TypeError('a fault of ours'));
    expect((await receive({ body, headers })).status).toBe(500);
    host.accept = accept;
    expect((await receive({ body, headers: { ...headers, 'x-slack-retry-num': '2' } })).status).toBe(200);
    expect(host.messages).toHaveLength(1);
  });

  it('lets Slack come again when it can not find out who it is itself', async () => {
    fixture.slack.fail('auth.test', { status: 500 }, 'hang');
    const { body, headers } = signed(event());
    expect((await receive({ body, headers })).status).toBe(503);
    expect((await receive({ body, headers })).status).toBe(503);
    expect((await receive({ body, headers })).status).toBe(200);
  });

  it('ends with a reason when the token is refused', async () => {
    fixture.slack.revoke(fixture.slack.workspace.botToken, 'account_inactive');
    await expect(fixture.channel.connect(host, new AbortController().signal)).rejects.toThrow(
      /^channels\.slack\.botToken: Slack refuses: account_inactive/,
    );
  });

  describe('what is written', () => {
    const told = async (writing: Writing) => {
      await fixture.slack.write(writing);
      return host.messages.at(-1);
    };

    it('answers in a direct conversation as it is, and in a thread of it there', async () => {
      const message = await told({ text: 'hello' });
      expect(message).toMatchObject({ chatId: 'D0000ADA', kind: 'direct', addressed: true, text: 'hello' });
      expect(message?.from).toEqual({ id: 'U0000ADA', name: 'Ada' });
      expect(await told({ threadTs: THREAD })).toMatchObject({ chatId: `D0000ADA:${THREAD}`, kind: 'direct' });
    });

    it('takes a mention for one message, though Slack tells it twice, and answers in a thread', async () => {
      const [first, second] = await fixture.slack.write({ channel: GENERAL, text: `${BOT}  what is up?` });
      expect(first?.event_id).not.toBe(second?.event_id);
      expect(host.messages).toHaveLength(2);
      expect(new Set(host.messages.map((message) => JSON.stringify(message))).size).toBe(1);
      expect(host.messages[0]).toMatchObject({
        updateId: `${GENERAL}:${String(first?.event.ts)}`,
        chatId: `${GENERAL}:${String(first?.event.ts)}`,
        kind: 'group',
        addressed: true,
        text: 'what is up?',
      });
      expect(await told({ channel: GENERAL, text: `and ${BOT}?`, threadTs: THREAD })).toMatchObject({
        chatId: `${GENERAL}:${THREAD}`,
        text: 'and ?',
      });
    });

    it('knows what is said to others', async () => {
      expect(await told({ channel: GENERAL, text: 'hi <@U0000ADA>' })).toMatchObject({
        addressed: false,
        text: 'hi @Ada',
      });
      expect(await told({ channel: GENERAL, text: 'no', threadTs: THREAD })).toMatchObject({ addressed: false });
    });

    it('knows a reply to what it has sent', async () => {
      const { messageId } = await fixture.channel.send(GENERAL, 'news', new AbortController().signal);
      expect(await told({ channel: GENERAL, text: 'thanks', threadTs: messageId })).toMatchObject({
        addressed: true,
        chatId: `${GENERAL}:${messageId}`,
      });
    });

    it.each<[string, Writing]>([
      ['its own', { user: 'U0000BOT' }],
      ['of a bot', { more: { bot_id: 'B0000OTHER' } }],
      ['of Slack', { user: 'USLACKBOT' }],
      ['a bot without a user', { more: { subtype: 'bot_message', user: undefined } }],
      ['a change', { more: { subtype: 'message_changed', message: { text: 'x' } } }],
      ['a deletion', { more: { subtype: 'message_deleted' } }],
      ['somebody joining', { more: { subtype: 'channel_join' } }],
      ['a hidden one', { more: { hidden: true } }],
      ['without a user', { more: { user: null } }],
      ['with ids that are none', { more: { user: '<!channel>' } }],
      ['with a time that is none', { more: { ts: 'yesterday' } }],
      ['another event', { more: { type: 'reaction_added' } }],
    ])('passes over %s', async (_, writing) => {
      await fixture.slack.write(writing);
      expect(host.messages).toEqual([]);
    });

    it('shows what Slack writes in its own way as people see it', async () => {
      fixture.slack.workspace.addUser({ id: 'U0000BOB', name: 'bob', realName: 'Bob B.' });
      const text =
        'a &lt;b&gt; &amp;amp; <@U0000BOB> <@U0GHOST> <@U0GHOST|old> <#C1|general> <!here> <!subteam^S1|@team> <!subteam^S2> ' +
        '<https://a.example/?x=1&amp;y=2> <https://a.example|A [site]> <http://b.example|b.example> <mailto:me@c.example|me@c.example> ' +
        '<!date^1700000000^{date}|yesterday> <> <@> 2 < 3 *bold*';
      expect((await told({ text }))?.text).toBe(
        'a <b> &amp; @Bob B. @U0GHOST @U0GHOST #general @here @team @subteam ' +
          'https://a.example/?x=1&y=2 [A \\[site\\]](https://a.example) http://b.example me@c.example ' +
          'yesterday  @ 2 < 3 *bold*',
      );
    });

    it('names the files that came with it, and gives away no secret address', async () => {
      const files = [
        {
          mimetype: 'image/png',
          name: 'cat.png',
          size: 1234,
          permalink: 'https://team.slack.com/files/U1/F1/cat.png',
          url_private: 'https://files.slack.com/files-pri/T1-F1/cat.png',
          permalink_public: 'https://slack-files.com/T1-F1-s3cr3t',
        },
        { filetype: 'mp4', title: 'x'.repeat(400), size: -1, permalink: 'javascript:alert(1)' },
        { mode: 'tombstone' },
        null,
      ];
      const message = await told({ text: '', more: { subtype: 'file_share', files } });
      expect(message?.text).toBe('');
      expect(message?.attachments).toEqual([
        { type: 'image/png', name: 'cat.png', size: 1234, url: 'https://team.slack.com/files/U1/F1/cat.png' },
        { type: 'mp4', name: 'x'.repeat(255) },
        { type: 'file', name: 'file' },
      ]);
      expect((await told({ more: { files: Array.from({ length: 90 }, () => ({})) } }))?.attachments).toHaveLength(20);
    });

    it('asks for a name once, and does without where it can not be had', async () => {
      fixture.slack.fail('users.info', { status: 500 });
      expect((await told({}))?.from.name).toBe('U0000ADA');
      expect((await told({}))?.from.name).toBe('Ada');
      expect((await told({}))?.from.name).toBe('Ada');
      expect(fixture.slack.calls.filter(({ method }) => method === 'users.info')).toHaveLength(2);
    });
  });
});
