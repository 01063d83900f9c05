import type { SendAnswer, SendState } from '@openclaw/contracts';
import type { Send } from '@openclaw/core';

/** Of a send that has not failed. */
export function sendAnswer(send: Send): SendAnswer {
  if (send.state === 'sent') return { ...factsOf(send), status: 'sent' };
  return { ...factsOf(send), status: 'queued', statusUrl: `/api/v1/send/${encodeURIComponent(send.id)}` };
}

export function sendState(send: Send): SendState {
  const { state: status, attempts, lastError, failure } = send;
  return {
    ...factsOf(send),
    status,
    attempts,
    ...(status === 'queued' && lastError !== undefined && { lastError }),
    ...(failure && { error: { error: failure.code, message: failure.message } }),
  };
}

function factsOf({ id, channel, chatId, conversationId, messageIds, endedAt, acceptedAt }: Send) {
  const [first] = messageIds;
  return {
    ...{ id, channel, chatId, conversationId },
    timestamp: (endedAt ?? acceptedAt).toISOString(),
    ...(first !== undefined && { channelMessageId: first }),
    ...(messageIds.length > 1 && { channelMessageIds: messageIds }),
  };
}
