import type { ClaimedSend } from './send.js';

/** A send as the in-memory stores keep it. */
export interface QueuedSend extends ClaimedSend {
  notice: boolean;
  owner: string | undefined;
  /** In ms; undefined for all but the first one of a chat. */
  nextAttemptAt: number | undefined;
}

type Queued = Pick<QueuedSend, 'tenant' | 'id' | 'channel' | 'chatId' | 'conversationId' | 'text' | 'notice'> & {
  draft?: string | undefined;
};

/** Claimed for `owner`, if there is one, where nothing of the chat is before it. */
export function queueSend(sends: QueuedSend[], send: Queued, owner: string | undefined): QueuedSend {
  const { tenant, id, channel, chatId, conversationId, text, notice, draft } = send;
  const first = !sends.some((other) => other.state === 'queued' && sameChat(other, send));
  const queued: QueuedSend = {
    ...{ tenant, id, channel, chatId, conversationId, text, notice, draft, state: 'queued', messageIds: [] },
    attempts: first && owner !== undefined ? 1 : 0,
    acceptedAt: new Date(),
    owner: first ? owner : undefined,
    nextAttemptAt: first ? Date.now() : undefined,
    ...{ endedAt: undefined, failure: undefined, lastError: undefined, parts: undefined },
  };
  sends.push(queued);
  return queued;
}

export function sameChat(
  one: Pick<QueuedSend, 'tenant' | 'channel' | 'chatId'>,
  other: Pick<QueuedSend, 'tenant' | 'channel' | 'chatId'>,
): boolean {
  return one.tenant === other.tenant && one.channel === other.channel && one.chatId === other.chatId;
}
