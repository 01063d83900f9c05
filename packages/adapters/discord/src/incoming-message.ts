import type { Attachment, IncomingMessage } from '@openclaw/core';
import { type GatewayMessageCreateDispatchData, MessageType } from 'discord-api-types/v10';

/**
 * What somebody said. Undefined for what nobody said to anybody: bots (this one too), webhooks, joins, pins. A thread is a channel of Discord, and so has
 * a chat id of its own.
 */
export function incomingMessage(
  message: GatewayMessageCreateDispatchData,
  selfId: string,
): IncomingMessage | undefined {
  const { author, member, type } = message;
  if (type !== MessageType.Default && type !== MessageType.Reply) return undefined;
  if (author.bot || author.system || author.id === selfId || message.webhook_id !== undefined) return undefined;
  const direct = message.guild_id === undefined;
  const text = withoutItself(message, selfId);
  const attachments = attachmentsOf(message);
  if (text === '' && attachments.length === 0) return undefined;
  return {
    // A session that is resumed tells a message again, under another sequence: the message's own id is its name.
    updateId: message.id,
    chatId: message.channel_id,
    kind: direct ? 'direct' : 'group',
    addressed: direct || isAddressed(message, selfId),
    from: { id: author.id, name: member?.nick || author.global_name || author.username },
    text,
    attachments,
    sentAt: new Date(message.timestamp),
  };
}

function isAddressed({ mentions, content, referenced_message }: GatewayMessageCreateDispatchData, selfId: string) {
  return (
    mentions.some(({ id }) => id === selfId) ||
    new RegExp(`<@!?${selfId}>`).test(content) ||
    referenced_message?.author.id === selfId
  );
}

/** Names in the place of Discord's numbers; that of the bot taken out. */
function withoutItself({ content, mentions }: GatewayMessageCreateDispatchData, selfId: string): string {
  const names = new Map(mentions.map(({ id, global_name, username }) => [id, global_name || username]));
  const named = content
    .replaceAll(/<@!?(\d+)>/g, (mention, id: string) => (id === selfId ? '' : `@${names.get(id) ?? mention}`))
    .replaceAll(/<a?(:\w+:)\d+>/g, '$1');
  return named === content ? content : named.replaceAll(/ {2,}/g, ' ').trim();
}

function attachmentsOf({ attachments, sticker_items }: GatewayMessageCreateDispatchData): Attachment[] {
  return [
    ...attachments.map(({ content_type, filename, size, url }) => ({
      type: content_type ?? 'file',
      name: filename,
      size,
      url,
    })),
    ...(sticker_items ?? []).map(({ name }) => ({ type: 'sticker', name })),
  ];
}
