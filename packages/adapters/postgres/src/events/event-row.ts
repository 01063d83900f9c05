import type { DomainEvent, FailureRecord, MessageEventData } from '@openclaw/core';

/** What is kept of an event, in `events` and wherever it is copied to. */
export interface EventRow {
  /** Without its prefix. */
  id: string;
  tenant: string;
  name: DomainEvent['name'];
  at: Date;
  conversation_id: string | null;
  channel: string;
  chat_id: string | null;
  message_id: string | null;
  sender: string | null;
  sender_name: string | null;
  content: string | null;
  failure: FailureRecord | null;
  reason: string | null;
}

export function toEvent(row: EventRow): DomainEvent {
  const { tenant, name, at, channel } = row;
  const about = { id: `evt_${row.id}`, tenant, at };
  const timestamp = at.toISOString();
  switch (name) {
    case 'message.received':
    case 'message.sent':
      return { ...about, name, data: messageOf(row) };
    case 'message.failed': {
      const { code, message } = row.failure ?? { code: 'internal_error' as const, message: 'Internal error' };
      return { ...about, name, data: { ...messageOf(row), error: { error: code, message } } };
    }
    case 'conversation.created':
    case 'conversation.deleted':
      return { ...about, name, data: { conversationId: row.conversation_id ?? '', channel, timestamp } };
    case 'channel.connected':
    case 'channel.disconnected':
      return { ...about, name, data: { channel, timestamp, ...(row.reason !== null && { reason: row.reason }) } };
  }
}

function messageOf(row: EventRow): MessageEventData {
  const conversationId = row.conversation_id ?? '';
  const sender = row.sender ?? '';
  return {
    messageId: row.message_id ?? '',
    conversationId,
    channel: row.channel,
    chatId: row.chat_id ?? conversationId,
    from: { id: sender, name: row.sender_name ?? sender },
    content: row.content ?? '',
    timestamp: row.at.toISOString(),
  };
}
