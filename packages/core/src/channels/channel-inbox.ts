import type { NewTurn } from '../messages/turn-store.js';

/** A platform's delivery of a message, named by the platform. */
export interface ChannelUpdate {
  tenant: string;
  channel: string;
  updateId: string;
}

/** A chat that the gateway has to do with. */
export interface KnownChat {
  chatId: string;
  /** The platform's name of the newest message that was heard from there; absent where only the gateway has written. */
  lastUpdateId?: string;
  lastMessageAt: Date;
}

/** Messages from chats, each taken in once. */
export abstract class ChannelInbox {
  /**
   * Begins the durable turn in the chat's conversation and notes the update, both or neither. `known`: it was noted in the last days, and
   * nothing has happened.
   */
  abstract receive(update: ChannelUpdate, chatId: string, turn: NewTurn): Promise<'begun' | 'known'>;

  /** Notes an update that begins no turn. False when it was noted before. */
  abstract note(update: ChannelUpdate): Promise<boolean>;

  /** The channel's chats in which something was said since then, the newest first, at most `most`. */
  abstract chats(tenant: string, channel: string, since: Date, most: number): Promise<KnownChat[]>;
}
