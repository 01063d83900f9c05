import type { ClaimedSend, FailureRecord, Send } from '@openclaw/core';

export interface SendRow {
  tenant: string;
  id: string;
  channel: string;
  chat_id: string;
  conversation_id: string;
  state: Send['state'];
  message_ids: string[];
  attempts: number;
  accepted_at: Date;
  ended_at: Date | null;
  failure: FailureRecord | null;
  last_error: string | null;
}

export interface ClaimedRow extends SendRow {
  text: string;
  parts: string[] | null;
  draft: string | null;
}

export function toSend(row: SendRow): Send {
  return {
    tenant: row.tenant,
    id: row.id,
    channel: row.channel,
    chatId: row.chat_id,
    conversationId: row.conversation_id,
    state: row.state,
    messageIds: row.message_ids,
    attempts: row.attempts,
    acceptedAt: row.accepted_at,
    endedAt: row.ended_at ?? undefined,
    failure: row.failure ?? undefined,
    lastError: row.last_error ?? undefined,
  };
}

export function toClaimed(row: ClaimedRow): ClaimedSend {
  return { ...toSend(row), text: row.text, parts: row.parts ?? undefined, draft: row.draft ?? undefined };
}
