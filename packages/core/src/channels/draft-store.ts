import type { TurnRef } from '../messages/turn.js';

/** Messages in chats that show an answer while it is made, so that it is they that become the answer, on whichever replica. */
export abstract class DraftStore {
  /** The platform's id of the turn's draft. */
  abstract find(ref: TurnRef): Promise<string | undefined>;
  abstract keep(ref: TurnRef, messageId: string): Promise<void>;
  /** Whether something is still on its way to this chat, which a draft must not overtake. */
  abstract busy(tenant: string, channel: string, chatId: string): Promise<boolean>;
}
