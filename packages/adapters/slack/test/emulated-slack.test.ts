import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelPort, ChannelRejected } from '@openclaw/core';
import { InMemoryLogger } from '@openclaw/core/testing';
import { type Emulator, createEmulator } from 'emulate';
import { createChannel } from '../src/create-channel.js';

// A Slack that nobody here wrote: what our own fake takes for granted is held against it. It has the Web API only.
describe('Slack as "emulate" plays it', () => {
  const botToken = 'xoxb-emulated';
  let slack: Emulator;
  let channel: ChannelPort;
  let general: string;
  const { signal } = new AbortController();

  beforeAll(async () => {
    slack = await createEmulator({
      service: 'slack',
      port: 0,
      seed: { slack: { users: [{ name: 'ada', real_name: 'Ada L.' }], channels: [{ name: 'support' }] } },
    });
    const apiRoot = `${slack.url}/api/`;
    const settings = { mode: 'http', apiRoot, botToken, signingSecret: 'unused' };
    channel = await createChannel({ name: 'slack', settings, logger: new InMemoryLogger() });
    const { channels } = await api<{ channels: { id: string; name: string }[] }>('conversations.list');
    general = channels.find(({ name }) => name === 'support')?.id ?? '';
  });
  afterAll(async () => {
    await channel.close();
    await slack.close();
  });

  const api = async <Answer>(method: string, args: Record<string, string> = {}): Promise<Answer> => {
    const body = new URLSearchParams(args);
    const headers = { authorization: `Bearer ${botToken}`, connection: 'close' };
    return (await (await fetch(`${slack.url}/api/${method}`, { method: 'POST', headers, body })).json()) as Answer;
  };
  const said = async (method: string, args: Record<string, string>) =>
    (await api<{ messages: { text: string; ts: string }[] }>(method, args)).messages;

  it('knows the account', () => channel.check(signal));

  it('takes what is sent, and changes of it', async () => {
    const { messageId } = await channel.send(general, '**Hello** & <!channel>, 안녕 🎉', signal);
    expect(await said('conversations.history', { channel: general })).toMatchObject([
      { ts: messageId, text: '*Hello* &amp; &lt;!channel&gt;, 안녕 🎉' },
    ]);
    await channel.edits?.edit(general, messageId, 'changed', signal);
    await channel.edits?.edit(general, messageId, 'changed', signal);
    expect(await said('conversations.history', { channel: general })).toMatchObject([
      { ts: messageId, text: 'changed' },
    ]);
  });

  it('takes an answer into its thread', async () => {
    const { messageId } = await channel.send(general, 'question', signal);
    const answer = await channel.send(`${general}:${messageId}`, 'answer', signal);
    expect(await said('conversations.replies', { channel: general, ts: messageId })).toMatchObject([
      { text: 'question' },
      { text: 'answer', ts: answer.messageId },
    ]);
  });

  it('takes the parts of a long text whole', async () => {
    const { messageId } = await channel.send(general, 'long', signal);
    const parts = channel.split(Array.from({ length: 3_000 }, (_, no) => `word${no}`).join(' '));
    for (const part of parts) await channel.send(`${general}:${messageId}`, part, signal);
    const [, ...texts] = (await said('conversations.replies', { channel: general, ts: messageId, limit: '100' })).map(
      ({ text }) => text,
    );
    expect(texts).toEqual(parts);
  });

  it('refuses a conversation that is not there', async () => {
    await expect(channel.send('C0NOWHERE', 'hello', signal)).rejects.toThrow(ChannelRejected);
    await expect(channel.send('C0NOWHERE', 'hello', signal)).rejects.toThrow(/channel_not_found/);
  });

  it('refuses a change of what is not there', async () => {
    await expect(channel.edits?.edit(general, '1.000001', 'x', signal)).rejects.toThrow(/message_not_found/);
  });
});
