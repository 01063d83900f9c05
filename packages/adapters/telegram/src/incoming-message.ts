import type { Attachment, IncomingMessage } from '@openclaw/core';
import type { Message, MessageEntity, Update } from 'telegraf/types';
import { chatIdOf } from './chat-address.js';

/** The bot itself, as `getMe` has it. */
export interface Bot {
  id: number;
  username?: string;
}

/** What is asked for; everything else is not even delivered. */
export const ALLOWED_UPDATES = ['message', 'edited_message'] as const;

/**
 * What somebody said to the bot. Undefined for what nobody said: joins, pins, other bots, a location that moves. An edited message is a
 * message: who mends a question wants that one answered.
 */
export function incomingMessage(update: Update, bot: Bot): IncomingMessage | undefined {
  const edited = 'edited_message' in update;
  const message = edited ? update.edited_message : 'message' in update ? update.message : undefined;
  if (!message) return undefined;
  const from = senderOf(message);
  const said = textOf(message);
  const attachments = attachmentsOf(message);
  if (!from || (said.text === '' && (attachments.length === 0 || edited))) return undefined;
  const { chat } = message;
  const direct = chat.type === 'private';
  return {
    // Numbers of another bot may be the same.
    updateId: `${bot.id}:${update.update_id}`,
    // Replies in a group without topics have a thread too, to which nothing can be sent.
    chatId: chatIdOf(chat.id, message.is_topic_message ? message.message_thread_id : undefined),
    kind: direct ? 'direct' : 'group',
    addressed: direct || isAddressed(message, said, bot),
    from,
    text: withoutItself(said, bot),
    attachments,
    sentAt: new Date(((edited ? message.edit_date : undefined) ?? message.date) * 1_000),
  };
}

type Incoming = Update.MessageUpdate['message'] | Update.EditedMessageUpdate['edited_message'];

interface Said {
  text: string;
  entities: MessageEntity[];
}

/** Undefined for other bots, and for what a channel's posts bring into its group. */
function senderOf(message: Incoming): IncomingMessage['from'] | undefined {
  if ('is_automatic_forward' in message && message.is_automatic_forward) return undefined;
  const { from, sender_chat: chat } = message;
  // Who speaks in the name of a group or channel has a bot as sender beside it.
  if (chat) return { id: String(chat.id), name: 'title' in chat ? chat.title : String(chat.id) };
  if (!from || from.is_bot) return undefined;
  const name = [from.first_name, from.last_name].filter(Boolean).join(' ');
  return { id: String(from.id), name: name || from.username || String(from.id) };
}

function textOf(message: Incoming): Said {
  if ('text' in message) return { text: message.text, entities: message.entities ?? [] };
  if ('caption' in message) return { text: message.caption ?? '', entities: message.caption_entities ?? [] };
  return { text: '', entities: [] };
}

function isAddressed(message: Incoming, said: Said, bot: Bot): boolean {
  const answered =
    'reply_to_message' in message ? (message.reply_to_message as Message | undefined)?.from?.id : undefined;
  return answered === bot.id || said.entities.some((entity) => isCallOf(entity, said.text, bot));
}

function isCallOf(entity: MessageEntity, text: string, bot: Bot): boolean {
  if (entity.type === 'bot_command') {
    if (entity.offset !== 0) return false;
    const [, of] = wordOf(entity, text).split('@');
    return of === undefined || isNameOf(of, bot);
  }
  return isMentionOf(entity, text, bot);
}

function isMentionOf(entity: MessageEntity, text: string, bot: Bot): boolean {
  if (entity.type === 'text_mention') return entity.user.id === bot.id;
  return entity.type === 'mention' && isNameOf(wordOf(entity, text).slice(1), bot);
}

function isNameOf(name: string, bot: Bot): boolean {
  return bot.username !== undefined && name.toLowerCase() === bot.username.toLowerCase();
}

/** Telegram counts in UTF-16 code units, as JavaScript does. */
function wordOf({ offset, length }: MessageEntity, text: string): string {
  return text.slice(offset, offset + length);
}

/** Takes mentions of the bot out (a command's `@bot` too), and writes the address of a link behind its text. */
function withoutItself({ text, entities }: Said, bot: Bot): string {
  let rest = text;
  for (const entity of entities.toSorted((a, b) => b.offset - a.offset)) {
    const end = entity.offset + entity.length;
    const replace = (by: string) => {
      rest = rest.slice(0, entity.offset) + by + rest.slice(end);
    };
    if (isMentionOf(entity, text, bot)) replace('');
    else if (entity.type === 'bot_command') replace(wordOf(entity, text).split('@')[0] ?? '');
    else if (entity.type === 'text_link' && /^https?:/i.test(entity.url))
      replace(`[${wordOf(entity, text)}](${entity.url})`);
  }
  return rest === text ? text : rest.replaceAll(/ {2,}/g, ' ').trim();
}

/** Bytes can only be had with the token, so there is no address. */
function attachmentsOf(message: Incoming): Attachment[] {
  if ('photo' in message) return file('image/jpeg', message.photo.at(-1));
  // An animation comes as a document too.
  if ('animation' in message) return file(message.animation.mime_type ?? 'animation', message.animation);
  if ('document' in message) return file(message.document.mime_type ?? 'document', message.document);
  if ('voice' in message) return file('voice', message.voice);
  if ('audio' in message) return file(message.audio.mime_type ?? 'audio', message.audio);
  if ('video' in message) return file(message.video.mime_type ?? 'video', message.video);
  if ('video_note' in message) return file('video_note', message.video_note);
  if ('sticker' in message) return [{ type: 'sticker', ...(message.sticker.emoji && { name: message.sticker.emoji }) }];
  if ('contact' in message) {
    const { first_name, last_name, phone_number } = message.contact;
    return [{ type: 'contact', name: [first_name, last_name, phone_number].filter(Boolean).join(' ') }];
  }
  if ('venue' in message) return [{ type: 'location', name: `${message.venue.title}, ${message.venue.address}` }];
  if ('location' in message)
    return [{ type: 'location', name: `${message.location.latitude}, ${message.location.longitude}` }];
  return [];
}

function file(type: string, of: { file_name?: string; file_size?: number } | undefined): Attachment[] {
  if (!of) return [];
  return [
    {
      type,
      ...(of.file_name !== undefined && { name: of.file_name }),
      ...(of.file_size !== undefined && { size: of.file_size }),
    },
  ];
}
