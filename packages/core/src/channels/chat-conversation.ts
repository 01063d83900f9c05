import { createHash } from 'node:crypto';

/** What ids of conversations may have at most. */
const LONGEST_ID = 200;

/** The id of the conversation that a chat is. */
export function chatConversationId(channel: string, chatId: string): string {
  const id = `${channel}:${chatId}`;
  return id.length <= LONGEST_ID ? id : `${channel}:${createHash('sha256').update(chatId).digest('base64url')}`;
}
