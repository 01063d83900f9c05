import { describe, expect, it } from '@jest/globals';
import type { GatewayMessageCreateDispatchData } from 'discord-api-types/v10';
import { incomingMessage } from './incoming-message.js';

const me = '42';

function read(message: Record<string, unknown>) {
  const whole = {
    id: '5',
    channel_id: '7',
    type: 0,
    author: { id: '77', username: 'ada', global_name: 'Ada Lovelace' },
    content: '',
    timestamp: '2026-11-26T10:00:00.000000+00:00',
    mentions: [],
    attachments: [],
    ...message,
  };
  return incomingMessage(whole as never as GatewayMessageCreateDispatchData, me);
}

const self = { id: me, username: 'claw' };

describe('incomingMessage', () => {
  it('says who wrote, where, when, and under which name the delivery is known', () => {
    expect(read({ content: 'hello' })).toEqual({
      updateId: '5',
      chatId: '7',
      kind: 'direct',
      addressed: true,
      from: { id: '77', name: 'Ada Lovelace' },
      text: 'hello',
      attachments: [],
      sentAt: new Date('2026-11-26T10:00:00Z'),
    });
  });

  it.each([
    ['a mention', { content: '<@42> hi', mentions: [self] }, 'hi'],
    ['the older form of one', { content: 'so <@!42> what?', mentions: [self] }, 'so what?'],
    ['a reply', { content: 'yes', type: 19, referenced_message: { author: self } }, 'yes'],
    ['a reply that also calls', { content: 'yes', type: 19, mentions: [self] }, 'yes'],
  ])('is addressed in a server by %s', (_, message, text) => {
    expect(read({ guild_id: '1', ...message })).toMatchObject({ kind: 'group', addressed: true, text });
  });

  it.each([
    ['plain talk', { content: 'hello' }],
    ['a call of everybody', { content: '@everyone', mention_everyone: true }],
    ['a mention of somebody else', { content: '<@43>', mentions: [{ id: '43', username: 'bo' }] }],
    ['a reply to somebody else', { content: 'yes', type: 19, referenced_message: { author: { id: '43' } } }],
    ['a reply to what is gone', { content: 'yes', type: 19, referenced_message: null }],
  ])('is not addressed in a server by %s', (_, message) => {
    expect(read({ guild_id: '1', ...message })).toMatchObject({ kind: 'group', addressed: false });
  });

  it('has names in the place of numbers', () => {
    const mentions = [self, { id: '43', username: 'bo', global_name: 'Bo B' }];
    expect(read({ content: '<@42> ask <@43> <:smile:123> <@99>', mentions })?.text).toBe('ask @Bo B :smile: @<@99>');
    expect(read({ guild_id: '1', content: 'x', member: { nick: 'Countess' } })?.from.name).toBe('Countess');
    expect(read({ content: 'x', author: { id: '1', username: 'plain', global_name: null } })?.from.name).toBe('plain');
  });

  it('has files and stickers with it', () => {
    const message = {
      attachments: [
        { filename: 'a.png', size: 5, url: 'https://cdn.example/a.png', content_type: 'image/png' },
        { filename: 'b', size: 6, url: 'https://cdn.example/b' },
      ],
      sticker_items: [{ name: 'wave' }],
    };
    expect(read(message)?.attachments).toEqual([
      { type: 'image/png', name: 'a.png', size: 5, url: 'https://cdn.example/a.png' },
      { type: 'file', name: 'b', size: 6, url: 'https://cdn.example/b' },
      { type: 'sticker', name: 'wave' },
    ]);
  });

  it.each([
    ['a bot', { content: 'hi', author: { id: '9', username: 'x', bot: true } }],
    ['itself', { content: 'hi', author: self }],
    ['a webhook', { content: 'hi', webhook_id: '8' }],
    ['the system', { content: 'hi', author: { id: '9', username: 'x', system: true } }],
    ['somebody who joined', { content: '', type: 7 }],
    ['nobody', { content: '' }],
  ])('leaves out %s', (_, message) => expect(read(message)).toBeUndefined());
});
