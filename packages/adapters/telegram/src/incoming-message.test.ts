import { describe, expect, it } from '@jest/globals';
import type { Update } from 'telegraf/types';
import { incomingMessage } from './incoming-message.js';

const bot = { id: 4242, username: 'ClawBot' };
const ada = { id: 77, is_bot: false, first_name: 'Ada', last_name: 'Lovelace' };
const direct = { id: 77, type: 'private', first_name: 'Ada' };
const group = { id: -100, type: 'supergroup', title: 'Group' };

function read(message: Record<string, unknown>, as = 'message') {
  const update = { update_id: 5, [as]: { message_id: 1, date: 1_700_000_000, from: ada, chat: direct, ...message } };
  return incomingMessage(update as never as Update, bot);
}

const mention = (offset: number, length = 8) => ({ type: 'mention', offset, length });

describe('incomingMessage', () => {
  it('says who wrote, where, when, and under which name the delivery is known', () => {
    expect(read({ text: 'hello' })).toEqual({
      updateId: '4242:5',
      chatId: '77',
      kind: 'direct',
      addressed: true,
      from: { id: '77', name: 'Ada Lovelace' },
      text: 'hello',
      attachments: [],
      sentAt: new Date(1_700_000_000_000),
    });
  });

  it('takes an edited text for a message', () => {
    expect(read({ text: 'better', edit_date: 1_700_000_060 }, 'edited_message')).toMatchObject({
      text: 'better',
      sentAt: new Date(1_700_000_060_000),
    });
    expect(read({ location: { latitude: 1, longitude: 2 } }, 'edited_message')).toBeUndefined();
  });

  it.each([
    ['a mention', { text: 'so @clawbot what?', entities: [mention(3)] }, 'so what?'],
    [
      'a mention in a caption',
      { caption: '@ClawBot look', caption_entities: [mention(0)], photo: [{ file_size: 5 }] },
      'look',
    ],
    [
      'a mention without a name',
      { text: 'Claw help', entities: [{ type: 'text_mention', offset: 0, length: 4, user: { id: 4242 } }] },
      'help',
    ],
    ['an answer to the bot', { text: 'yes', reply_to_message: { from: { id: 4242 } } }, 'yes'],
    ['a command', { text: '/ask why', entities: [{ type: 'bot_command', offset: 0, length: 4 }] }, '/ask why'],
    [
      'a command to the bot',
      { text: '/ask@ClawBot why', entities: [{ type: 'bot_command', offset: 0, length: 12 }] },
      '/ask why',
    ],
    ['a mention after an emoji', { text: '🎉 @ClawBot hi', entities: [mention(3)] }, '🎉 hi'],
  ])('is addressed in a group by %s', (_, message, text) => {
    expect(read({ chat: group, ...message })).toMatchObject({ kind: 'group', addressed: true, chatId: '-100', text });
  });

  it.each([
    ['plain talk', { text: 'hello all' }],
    ['a mention of somebody else', { text: '@ada_l look', entities: [mention(0, 6)] }],
    ['a name that only begins alike', { text: '@ClawBotany', entities: [mention(0, 11)] }],
    ['an answer to somebody else', { text: 'yes', reply_to_message: { from: { id: 5 } } }],
    ['a command to another bot', { text: '/ask@OtherBot', entities: [{ type: 'bot_command', offset: 0, length: 13 }] }],
    [
      'a command that is only talked of',
      { text: 'try /ask', entities: [{ type: 'bot_command', offset: 4, length: 4 }] },
    ],
  ])('is not addressed in a group by %s', (_, message) => {
    expect(read({ chat: group, ...message })).toMatchObject({ kind: 'group', addressed: false });
  });

  it('knows a topic from a thread of replies', () => {
    const chat = { ...group, is_forum: true };
    expect(read({ chat, text: 'x', message_thread_id: 9, is_topic_message: true })?.chatId).toBe('-100:9');
    expect(read({ chat: group, text: 'x', message_thread_id: 9 })?.chatId).toBe('-100');
  });

  it.each([
    [{ photo: [{ file_size: 10 }, { file_size: 900 }] }, { type: 'image/jpeg', size: 900 }],
    [
      { document: { mime_type: 'application/pdf', file_name: 'a.pdf', file_size: 7 } },
      { type: 'application/pdf', name: 'a.pdf', size: 7 },
    ],
    [{ animation: { mime_type: 'video/mp4' }, document: { mime_type: 'video/mp4' } }, { type: 'video/mp4' }],
    [{ voice: { file_size: 3, mime_type: 'audio/ogg' } }, { type: 'voice', size: 3 }],
    [{ audio: { mime_type: 'audio/mpeg', file_name: 'a.mp3' } }, { type: 'audio/mpeg', name: 'a.mp3' }],
    [{ video: {} }, { type: 'video' }],
    [{ video_note: { file_size: 4 } }, { type: 'video_note', size: 4 }],
    [{ sticker: { emoji: '😀' } }, { type: 'sticker', name: '😀' }],
    [{ contact: { first_name: 'Bo', phone_number: '+1' } }, { type: 'contact', name: 'Bo +1' }],
    [{ location: { latitude: 1.5, longitude: 2 } }, { type: 'location', name: '1.5, 2' }],
    [
      { venue: { title: 'Cafe', address: 'Road 1' }, location: {} },
      { type: 'location', name: 'Cafe, Road 1' },
    ],
  ])('%j', (message, attachment) => expect(read({ ...message })?.attachments).toEqual([attachment]));

  it('keeps the caption of a picture, and the address of a link', () => {
    expect(read({ photo: [{}], caption: 'look' })).toMatchObject({
      text: 'look',
      attachments: [{ type: 'image/jpeg' }],
    });
    const entities = [{ type: 'text_link', offset: 4, length: 4, url: 'https://a.example/' }];
    expect(read({ text: 'see here', entities })?.text).toBe('see [here](https://a.example/)');
  });

  it('has a name for who speaks for a group', () => {
    const anonymous = { from: { id: 1_087_968_824, is_bot: true }, sender_chat: group, chat: group, text: 'x' };
    expect(read(anonymous)?.from).toEqual({ id: '-100', name: 'Group' });
  });

  it.each([
    ['another bot', { from: { id: 9, is_bot: true, first_name: 'Bot' }, text: 'hi' }],
    ['a post of the linked channel', { is_automatic_forward: true, sender_chat: group, text: 'news' }],
    ['somebody who joined', { new_chat_members: [ada] }],
    ['a group that became another', { migrate_to_chat_id: -5 }],
    ['nobody', { from: undefined, text: 'hi' }],
  ])('leaves out %s', (_, message) => expect(read(message)).toBeUndefined());

  it('leaves out what it did not ask for', () => {
    expect(incomingMessage({ update_id: 1, poll: {} } as never as Update, bot)).toBeUndefined();
  });
});
