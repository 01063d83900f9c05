import type { ErrorCode } from '../shared/errors.js';

/** What can happen to a tenant's messages, conversations and channels; WebSocket subscribers and webhooks are told by these names. */
export const EVENT_NAMES = [
  'message.received',
  'message.sent',
  'message.failed',
  'conversation.created',
  'conversation.deleted',
  'channel.connected',
  'channel.disconnected',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** Members in the order in which they go over the wire. */
export interface MessageEventData {
  /** Of `message.sent` and `message.failed` the turn's id, under which its state can be asked for. */
  messageId: string;
  conversationId: string;
  channel: string;
  /** Where on the channel; where the channel has no chats, as the api channel, the conversation's id. */
  chatId: string;
  /** The user as the caller named them (`user`, where it named none); the agent, for its answer. */
  from: { id: string; name: string };
  /** Empty for `message.failed`. */
  content: string;
  /** ISO 8601, UTC. */
  timestamp: string;
}

export interface FailedMessageEventData extends MessageEventData {
  error: { error: ErrorCode; message: string };
}

export interface ConversationEventData {
  conversationId: string;
  channel: string;
  timestamp: string;
}

export interface ChannelEventData {
  channel: string;
  timestamp: string;
  /** Why it is not connected any more, in words for people. */
  reason?: string;
}

/** Something that has happened, stored in the transaction in which it did. `data` goes over the wire as it is. */
export type DomainEvent = { id: string; tenant: string; at: Date } & (
  | { name: 'message.received' | 'message.sent'; data: MessageEventData }
  | { name: 'message.failed'; data: FailedMessageEventData }
  | { name: 'conversation.created' | 'conversation.deleted'; data: ConversationEventData }
  | { name: 'channel.connected' | 'channel.disconnected'; data: ChannelEventData }
);

export function isEventName(name: string): name is EventName {
  return EVENT_NAMES.some((known) => known === name);
}
