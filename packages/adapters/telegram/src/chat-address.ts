import { ChannelRejected } from '@openclaw/core';

/** Where a message goes, in Telegram's words. */
export interface ChatAddress {
  chat_id: number | string;
  message_thread_id?: number;
}

const ADDRESS = /^(?:(-?\d{1,16})|(@[A-Za-z]\w{3,63}))(?::(\d{1,10}))?$/;

/** A topic of a group is a chat of its own: `<chat>:<thread>`. */
export function chatIdOf(chat: number, thread?: number): string {
  return thread === undefined ? String(chat) : `${chat}:${thread}`;
}

/** Reads what `chatIdOf` gives, and the public name of a chat (`@name`). Throws `ChannelRejected`. */
export function chatAddress(chatId: string): ChatAddress {
  const [, id, name, thread] = ADDRESS.exec(chatId) ?? [];
  if (id === undefined && name === undefined)
    throw new ChannelRejected('This is no chat id of Telegram: it wants a number, @name, or <chat>:<topic>');
  return {
    chat_id: name ?? Number(id),
    ...(thread !== undefined && { message_thread_id: Number(thread) }),
  };
}
