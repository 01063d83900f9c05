import type { FailureRecord } from '../shared/errors.js';

/** A text on its way to a chat. Its id is that of the message in the chat's conversation. */
export interface NewSend {
  tenant: string;
  id: string;
  channel: string;
  chatId: string;
  conversationId: string;
  /** Used when the conversation is opened by this send. */
  agentId: string;
  text: string;
}

export interface SendRef {
  tenant: string;
  id: string;
}

export interface Send extends SendRef {
  channel: string;
  chatId: string;
  conversationId: string;
  /** `queued`: the platform has not taken all of it yet, and is tried again. */
  state: 'queued' | 'sent' | 'failed';
  /** The platform's ids of what it has taken: one for each part. */
  messageIds: string[];
  attempts: number;
  acceptedAt: Date;
  /** When it was sent, or had failed. */
  endedAt: Date | undefined;
  /** Why it failed for good. */
  failure: FailureRecord | undefined;
  /** What the last attempt came to, while it is queued. */
  lastError: string | undefined;
}

/** A send that this replica is to deliver. */
export interface ClaimedSend extends Send {
  text: string;
  /** As the text was split once its first part had gone. */
  parts: string[] | undefined;
  /** The platform's id of a message that already shows the beginning, to be changed into the first part. */
  draft: string | undefined;
}

/** What an attempt came to. `messageIds` are those of all parts taken so far. */
export type SendOutcome =
  | { state: 'sent'; messageIds: string[] }
  | { state: 'failed'; messageIds: string[]; failure: FailureRecord }
  | { state: 'queued'; messageIds: string[]; error: string | undefined; retryInMs: number };

/** Where an answer is to go. */
export interface ReplyTo {
  channel: string;
  chatId: string;
  /** What the chat is told where there is no answer, or one without a text. */
  notice?: string;
}

/** What a chat gets for an answer: its text, else the notice; undefined where it gets nothing. */
export function goesOut(answer: string, { notice }: ReplyTo): { text: string; notice: boolean } | undefined {
  if (answer.trim() !== '') return { text: answer, notice: false };
  return notice === undefined ? undefined : { text: notice, notice: true };
}

/** What a chat is told in the place of an answer that could not be given. */
export interface ReplyNotice extends ReplyTo {
  id: string;
  text: string;
}
