import type { Conversation, Message } from './conversation.js';

export interface ConversationFilter {
  channel?: string;
  /** Created at or after. */
  since?: Date;
  /** Created at or before. */
  until?: Date;
}

/** A place in the list of conversations, newest first. */
export interface ConversationCursor {
  createdAt: Date;
  id: string;
}

export interface ConversationPage {
  conversations: Conversation[];
  /** How many the filter fits in all. */
  total: number;
  /** Where the next page begins; absent on the last one. */
  next?: ConversationCursor;
}

/** A place in a conversation's messages. */
export interface MessageCursor {
  turnNo: number;
  step: number;
}

export interface NewConversation {
  id: string;
  channel: string;
  label: string | undefined;
  agentId: string;
  model: string | undefined;
}

/** Reads and manages conversations; turns write them (see TurnStore). Every call is of one tenant. */
export abstract class ConversationStore {
  /** Newest first by creation, so that pages don't shift while people talk. Either `offset` or `after` places the page. */
  abstract list(
    tenant: string,
    filter: ConversationFilter,
    page: { limit: number; offset: number; after?: ConversationCursor },
  ): Promise<ConversationPage>;

  abstract find(tenant: string, id: string): Promise<Conversation | undefined>;

  /** The newest `limit` messages before `before` (the newest of all without it), oldest first. */
  abstract messages(
    tenant: string,
    id: string,
    page: { limit: number; before?: MessageCursor },
  ): Promise<{ messages: Message[]; previous?: MessageCursor }>;

  /** Throws `Conflict` when the tenant has that id already. */
  abstract create(tenant: string, conversation: NewConversation): Promise<Conversation>;

  /** Deletes it with everything in it, its turns under way included. False when there is none of that id. */
  abstract delete(tenant: string, id: string): Promise<boolean>;

  /** How many there are, and how many of them have a turn under way. */
  abstract counts(tenant: string): Promise<{ total: number; active: number }>;
}
