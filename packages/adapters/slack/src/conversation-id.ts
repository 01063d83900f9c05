import { ChannelRejected } from '@openclaw/core';

/** What a chat id is made of: where a message is posted, and below which one. */
export interface SlackChat {
  /** Of a channel, group or direct conversation, or of a person: Slack opens the direct conversation with them. */
  channel: string;
  /** The `ts` of the thread's first message. */
  threadTs?: string;
}

const CHAT_ID = /^([CDGUW][A-Z0-9]{1,40})(?::(\d{1,12}\.\d{1,9}))?$/;

export function chatIdOf({ channel, threadTs }: SlackChat): string {
  return threadTs === undefined ? channel : `${channel}:${threadTs}`;
}

export function readChatId(chatId: string): SlackChat {
  const [, channel, threadTs] = CHAT_ID.exec(chatId) ?? [];
  if (channel === undefined)
    throw new ChannelRejected(
      `"${chatId.slice(0, 80)}" is no conversation of Slack: wanted its id, like C0123456789, or that of a thread, like C0123456789:1700000000.000100`,
    );
  return threadTs === undefined ? { channel } : { channel, threadTs };
}
