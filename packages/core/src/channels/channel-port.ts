import type { Logger } from '../shared/logger.js';
import type { KnownChat } from './channel-inbox.js';

/** A file that came with a message. Its bytes stay with the platform. */
export interface Attachment {
  /** The platform's word for it, or a media type: `image/png`, `voice`. */
  type: string;
  name?: string;
  /** In bytes, as far as the platform says. */
  size?: number;
  /** Where it can be had, without any secret in it. */
  url?: string;
}

/** A message from a platform, in no platform's words. */
export interface IncomingMessage {
  /** Names the delivery, so that one that comes again is known: unique within the channel. At most 200 characters. */
  updateId: string;
  /** Where an answer goes: `send` takes it as it is. A thread has a chat id of its own. At most 200 characters. */
  chatId: string;
  kind: 'direct' | 'group';
  /** Of a group: the agent is spoken to (mentioned, replied to, called by a command). Direct messages always are. */
  addressed: boolean;
  /** Their id is the platform's, and the same in every chat. */
  from: { id: string; name: string };
  /** Markdown or plain; the mention of the agent itself taken out. May be empty where there are attachments. */
  text: string;
  attachments: Attachment[];
  sentAt: Date;
}

export interface ChannelState {
  status: 'connecting' | 'connected' | 'disconnected';
  /** Why it is not connected, for people; no secrets. */
  error?: string;
}

/** What a channel is given to report to. */
export interface ChannelHost {
  /**
   * Resolves when the message is stored, or was stored before: only then may the platform be told that it has arrived. Rejects with
   * `Unavailable` when it can't be stored now; the platform has to deliver it again. Never waits for the answer.
   */
  accept(message: IncomingMessage): Promise<void>;

  /** Every change of the connection, told as soon as it is noticed. */
  changed(state: ChannelState): void;

  /**
   * The chats in which something was said since then, the newest first: where a platform does not tell later what was written while nobody
   * listened, they can be looked through for it. Rejects with `Unavailable`.
   */
  chats(since: Date, most: number): Promise<KnownChat[]>;
}

/** A request of the platform to the gateway, at `/channels/<name>/…`; its bytes as they came, for signatures. */
export interface ChannelRequest {
  method: string;
  /** Below `/channels/<name>`, with a leading slash; `/` for that itself. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

export interface ChannelReply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Where the platform lets a sent message be changed: an answer is shown as it grows. */
export interface ChannelEdits {
  /** Not more often than this in one chat, in ms. */
  readonly intervalMs: number;
  /** `part` is one of `split`'s. Throws as `send` does; a part that changes nothing is no error. */
  edit(chatId: string, messageId: string, part: string, signal: AbortSignal): Promise<void>;
}

/**
 * One account on one messaging platform. What is peculiar to the platform (lengths, markup, deadlines of acknowledgements, threads, rate
 * limits' spelling) stays in here.
 *
 * `send`, `typing` and `receive` work on every replica and without `connect`; `connect` is called on one replica at a time.
 */
export abstract class ChannelPort {
  /** Absent where nothing can be edited. */
  readonly edits?: ChannelEdits;
  /** How long one of `split`'s texts may be, in the platform's characters: for people. */
  readonly longestPart?: number;

  /**
   * Begins to listen and goes on until `signal` is aborted, reconnecting with backoff by itself; resolves when all is closed. Rejects only
   * for what no new attempt can mend before the configuration changes (a token that is refused): the host tries again much later.
   */
  abstract connect(host: ChannelHost, signal: AbortSignal): Promise<void>;

  /** The texts that are sent one after another for this one, Markdown each, none longer than the platform takes. Never empty. */
  abstract split(text: string): string[];

  /**
   * Sends one of `split`'s texts; `chatId` may come from a caller. Mentions of everybody, and of people who were not asked, are made
   * harmless. Resolves with the platform's id of the message when the platform has taken it. Throws `ChannelRejected` for what will
   * never go (no such chat, blocked, refused), `ChannelUnavailable` for what may go later, and the signal's reason.
   *
   * `key` names the part of the message: 1 to 64 letters, digits, `_` and `-`, the same with each attempt, so that a platform that can
   * may see that it has the part already.
   */
  abstract send(chatId: string, part: string, signal: AbortSignal, key?: string): Promise<{ messageId: string }>;

  /** Shows for some seconds that an answer is being made; does nothing where the platform has no such sign. Throws as `send` does. */
  abstract typing(chatId: string, signal: AbortSignal): Promise<void>;

  /**
   * Where the platform calls the gateway instead of being listened to. Checks who calls (signature, secret) before anything else: nobody
   * else has. What it accepts goes to `host.accept`. Absent where the platform never calls.
   */
  receive?(request: ChannelRequest, host: Pick<ChannelHost, 'accept'>): Promise<ChannelReply>;

  /** Asks the platform for a sign of life with this account. Throws as `send` does. */
  abstract check(signal: AbortSignal): Promise<void>;

  /** After the last call: lets go of connections. */
  abstract close(): Promise<void>;
}

/** What a channel is made of. */
export interface ChannelSetup {
  /** Under `channels.` in the configuration, and in paths: `telegram`. */
  name: string;
  /** Its part of the configuration, as it stands there, secrets included. */
  settings: Readonly<Record<string, unknown>>;
  logger: Logger;
}

/** What a package that serves a channel exports as `createChannel`. Throws an `Error` that says which setting is wrong. */
export type CreateChannel = (setup: ChannelSetup) => ChannelPort | Promise<ChannelPort>;
