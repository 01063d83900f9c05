import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelRejected, ChannelUnavailable } from '@openclaw/core';
import { type Fault } from '../../../../test/slack-server/slack-server.js';
import { type SlackFixture, startSlackFixture } from './slack-fixture.js';

const never = new AbortController().signal;
const CHANNEL = 'C0000GENERAL';

describe('calls of Slack', () => {
  let fixture: SlackFixture;
  beforeEach(async () => {
    fixture = await startSlackFixture('http');
  });
  afterEach(() => fixture.stop());

  const send = (chatId = CHANNEL, text = 'hello', signal = never) => fixture.channel.send(chatId, text, signal);
  const failure = async (work: Promise<unknown>): Promise<Error> => {
    const error = await work.then(
      () => new Error('it went well'),
      (reason: unknown) => reason as Error,
    );
    expect(inFull(error)).not.toContain(fixture.slack.workspace.botToken);
    return error;
  };

  it.each<[string, Fault, number | undefined]>([
    ['a limit', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
    ['a limit that says no time', { status: 429 }, 30_000],
    ['a limit in the body', json({ ok: false, error: 'ratelimited' }, { 'retry-after': '3' }), 3_000],
    ['a broken server', { status: 500 }, undefined],
    ['a server under repair', { status: 503, headers: { 'retry-after': '11' } }, 11_000],
    ['a page of some proxy', { status: 200, body: '<html>Sign in</html>' }, undefined],
    ['a redirection', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, undefined],
    ['an answer cut off', json('{"ok":tr'), undefined],
    ['an answer of another kind', json('null'), undefined],
    ['an answer that says nothing', json({}), undefined],
    ['a fault of Slack', json({ ok: false, error: 'internal_error' }), undefined],
    ['a reset', 'reset', undefined],
  ])('tells %s from a refusal', async (_, fault, retryAfterMs) => {
    fixture.slack.fail('chat.postMessage', fault);
    const error = await failure(send());
    expect(error).toBeInstanceOf(ChannelUnavailable);
    expect(error).toMatchObject({ retryAfterMs });
    expect(error.message).toMatch(/^Slack /);
    expect(error.message).not.toMatch(/[<>]/);
    // It is left to whoever keeps the message to try again.
    expect(fixture.slack.calls).toHaveLength(1);
    await send();
    expect(fixture.taken()).toHaveLength(1);
  });

  it.each([
    ['channel_not_found', /no such conversation/],
    ['not_in_channel', /\/invite/],
    ['is_archived', /archived/],
    ['msg_too_long', /longer/],
    ['some_new_word', /^Slack refuses: some_new_word$/],
  ])('says that it was refused: %s', async (word, words) => {
    fixture.slack.fail('chat.postMessage', json({ ok: false, error: word }));
    const error = await failure(send());
    expect(error).toBeInstanceOf(ChannelRejected);
    expect(error.message).toContain(word);
    expect(error.message).toMatch(words);
  });

  it.each([
    ['invalid_auth', /token is not valid/],
    ['account_inactive', /switched off/],
  ])('keeps for later what is no fault of the message: %s', async (word, words) => {
    fixture.slack.fail('chat.postMessage', json({ ok: false, error: word }));
    const error = await failure(send());
    expect(error).toBeInstanceOf(ChannelUnavailable);
    expect(error.message).toMatch(words);
  });

  it('says which permission is missing', async () => {
    fixture.slack.fail(
      'chat.postMessage',
      json({ ok: false, error: 'missing_scope', needed: 'chat:write', provided: 'x' }),
    );
    expect((await failure(send())).message).toContain('(needed: chat:write)');
  });

  it('knows a token that was revoked meanwhile', async () => {
    await send();
    fixture.slack.revoke(fixture.slack.workspace.botToken, 'token_revoked');
    expect(await failure(send())).toBeInstanceOf(ChannelUnavailable);
    expect(await failure(fixture.channel.check(never))).toBeInstanceOf(ChannelRejected);
  });

  it('refuses of itself what is no conversation', async () => {
    for (const chatId of [
      '',
      'general',
      '#general',
      'C1:2',
      'C1:x.y',
      'C1 2',
      'C1:1.1:1.1',
      '../auth.test',
      `C${'1'.repeat(300)}`,
    ])
      expect(await failure(send(chatId))).toBeInstanceOf(ChannelRejected);
    expect(fixture.slack.calls).toEqual([]);
  });

  it('gives a call up when it is told to, and closes its connection', async () => {
    fixture.slack.fail('chat.postMessage', 'hang');
    const leave = new AbortController();
    const sending = failure(send(CHANNEL, 'hello', leave.signal));
    await fixture.slack.called('chat.postMessage');
    const reason = new Error('never mind');
    leave.abort(reason);
    expect(await sending).toBe(reason);
    await fixture.slack.untilNobodyIsConnected();
  });

  it('gives up one call of several', async () => {
    fixture.slack.fail('chat.postMessage', 'hang');
    const leave = new AbortController();
    const hanging = failure(send(CHANNEL, 'first', leave.signal));
    await fixture.slack.called('chat.postMessage');
    await Promise.all(Array.from({ length: 150 }, (_, no) => send(CHANNEL, `no ${no}`)));
    leave.abort(new Error('enough'));
    expect((await hanging).message).toBe('enough');
    expect(fixture.taken()).toHaveLength(150);
  });

  it('answers in a thread, and without letting Slack look for names or fetch links', async () => {
    await send(`${CHANNEL}:1700000000.000100`, '@here <!channel> **see** [this](https://example.com)');
    const [call] = fixture.slack.calls;
    expect(call?.args).toEqual({
      channel: CHANNEL,
      thread_ts: '1700000000.000100',
      text: '@here &lt;!channel&gt; *see* <https://example.com/|this>',
      parse: 'none',
      link_names: 'false',
      unfurl_links: 'false',
      unfurl_media: 'false',
    });
    const { messageId } = await send();
    await fixture.channel.edits?.edit(CHANNEL, messageId, 'hello <@U0000ADA>', never);
    expect(fixture.slack.calls.at(-1)?.args).toEqual({
      channel: CHANNEL,
      ts: messageId,
      text: 'hello &lt;@U0000ADA&gt;',
      parse: 'none',
      link_names: 'false',
    });
  });

  it('changes what it has sent to a person', async () => {
    const { messageId } = await send('U0000ADA', 'hello');
    await fixture.channel.edits?.edit('U0000ADA', messageId, 'hello Ada', never);
    expect(fixture.taken()).toEqual([{ chatId: 'D0000ADA', messageId, text: 'hello Ada' }]);
  });

  it('changes as much as it may send', async () => {
    const { messageId } = await send();
    for (const part of fixture.channel.split('<&>'.repeat(3_000) + '| a | b |\n'.repeat(900)))
      await fixture.channel.edits?.edit(CHANNEL, messageId, part, never);
  });

  it('shows in a thread that it is thinking, and goes without where Slack has no such sign', async () => {
    await fixture.channel.typing(CHANNEL, never);
    expect(fixture.slack.calls).toEqual([]);
    const thread = `${CHANNEL}:1700000000.000100`;
    await fixture.channel.typing(thread, never);
    expect(fixture.slack.calls.at(-1)).toMatchObject({
      method: 'assistant.threads.setStatus',
      args: { channel_id: CHANNEL, thread_ts: '1700000000.000100', status: 'is thinking…' },
    });
    fixture.slack.fail('assistant.threads.setStatus', json({ ok: false, error: 'missing_scope' }), { status: 502 });
    await fixture.channel.typing(thread, never);
    expect(await failure(fixture.channel.typing(thread, never))).toBeInstanceOf(ChannelUnavailable);
  });
});

function json(body: object | string, headers: Record<string, string> = {}): Fault {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status: 200, headers: { 'content-type': 'application/json', ...headers }, body: text };
}

/** What is shown of an error: its message, and those of its causes. */
function inFull(error: unknown): string {
  return error instanceof Error ? `${error.name} ${error.message} ${inFull(error.cause)}` : '';
}
