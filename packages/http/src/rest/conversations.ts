import type {
  ConversationDetail,
  ConversationList,
  ConversationMessage,
  ConversationSummary,
} from '@openclaw/contracts';
import type { Conversation, ConversationPage, Message, MessageCursor } from '@openclaw/core';
import { encodeConversationCursor, encodeMessageCursor } from './cursors.js';
import { tokenCount } from './dialect-b.js';

export function conversationList(page: ConversationPage, limit: number, offset: number): ConversationList {
  const list: ConversationList = {
    conversations: page.conversations.map(conversationSummary),
    total: page.total,
    limit,
    offset,
  };
  if (page.next) list.next_cursor = encodeConversationCursor(page.next);
  return list;
}

export function conversationDetail(
  conversation: Conversation,
  page: { messages: Message[]; previous?: MessageCursor },
): ConversationDetail {
  const detail: ConversationDetail = {
    ...conversationSummary(conversation),
    messages: page.messages.map(conversationMessage),
  };
  if (page.previous) detail.previous_cursor = encodeMessageCursor(page.previous);
  return detail;
}

function conversationSummary(conversation: Conversation): ConversationSummary {
  return {
    id: conversation.id,
    channel: conversation.channel,
    created_at: conversation.createdAt.toISOString(),
    last_message_at: conversation.lastMessageAt.toISOString(),
    message_count: conversation.messageCount,
    summary: conversation.summary,
  };
}

function conversationMessage({ id, role, content, createdAt, answer }: Message): ConversationMessage {
  const message: ConversationMessage = { id, role, content, created_at: createdAt.toISOString() };
  if (!answer) return message;
  // What was sent to the chat was said by no model.
  if (answer.model !== '') {
    message.model = answer.model;
    message.tokens = tokenCount(answer.usage);
    message.skills_used = answer.skillsUsed;
  }
  if (answer.interrupted) message.interrupted = true;
  return message;
}
