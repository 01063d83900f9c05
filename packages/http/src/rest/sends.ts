import type { SendAnswer, SendState } from '@openclaw/contracts';
import type { Send } from '@openclaw/core';

/** Of a send that has not failed. */
export function sendAnswer(send: Send): SendAnswer {
  if (send.state === 'sent') return factsOf(send, 'sent');
  return { ...factsOf(send, 'queued'), statusUrl: `/api/v1/send/${encodeURIComponent(send.id)}` };
}

export function sendState(send: Send): SendState {
  const { state: status, attempts, lastError, failure } = send;
  return {
    ...factsOf(send, status),
    attempts,
    ...(status === 'queued' && lastError !== undefined && { lastError }),
    ...(failure && { error: { error: failure.code, message: failure.message } }),
  };
}

function factsOf<Status extends Send['state']>(send: Send, status: Status) {
  const { id, channel, chatId, conversationId, messageIds, endedAt, acceptedAt } = send;
  const [first] = messageIds;
  return {
    ...{ id, status, channel, chatId, conversationId },
    ...(first !== undefined && { channelMessageId: first }),
    ...(messageIds.length > 1 && { channelMessageIds: messageIds }),
    timestamp: (endedAt ?? acceptedAt).toISOString(),
  };
}
