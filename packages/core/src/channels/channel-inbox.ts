import type { NewTurn } from '../messages/turn-store.js';

/** A platform's delivery of a message, named by the platform. */
export interface ChannelUpdate {
  tenant: string;
  channel: string;
  updateId: string;
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
}
