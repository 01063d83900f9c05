import type { DomainEvent } from '../events/domain-event.js';
import type { QueuedSend } from '../sends/in-memory-send-queue.js';
import { Conflict } from '../shared/errors.js';
import type { FailureRecord } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import type { TurnOrders, TurnPart } from '../messages/turn-relay.js';
import type { Answer, TurnRequest } from '../messages/turn.js';
import type { Conversation, Message } from './conversation.js';
import {
  type ConversationFilter,
  type ConversationPage,
  ConversationStore,
  type ConversationCursor,
  type MessageCursor,
  type NewConversation,
} from './conversation-store.js';

/** What both in-memory stores, of conversations and of turns, look at. */
export class InMemoryConversations {
  readonly tenants = new Map<string, Map<string, StoredConversation>>();

  of(tenant: string): Map<string, StoredConversation> {
    let conversations = this.tenants.get(tenant);
    if (!conversations) this.tenants.set(tenant, (conversations = new Map()));
    return conversations;
  }

  open(tenant: string, input: NewConversation & { summary: string }): StoredConversation {
    const now = new Date();
    const stored: StoredConversation = {
      conversation: { ...input, createdAt: now, lastMessageAt: now, messageCount: 0 },
      order: this.opened++,
      lastTurn: 0,
      messages: [],
      turns: [],
    };
    this.of(tenant).set(input.id, stored);
    this.tellOfConversation('conversation.created', tenant, stored.conversation);
    return stored;
  }

  /** Calls everybody who waits for a turn to move on. */
  wake(): void {
    const waiting = [...this.waiters];
    this.waiters.clear();
    for (const wake of waiting) wake();
  }

  record(event: DomainEventContent): void {
    this.events.push({ ...event, id: newId('evt'), at: new Date() });
  }

  tellOfConversation(name: 'conversation.created' | 'conversation.deleted', tenant: string, of: Conversation): void {
    const timestamp = new Date().toISOString();
    this.record({ tenant, name, data: { conversationId: of.id, channel: of.channel, timestamp } });
  }

  /** What is to be sent and has been, in the order of acceptance. */
  readonly sends: QueuedSend[] = [];
  /** Messages that show an answer while it is made, by the turn's id. */
  readonly drafts = new Map<string, string>();
  /** The texts of a deleted conversation, wherever they have been taken. */
  forgetTexts(tenant: string, id: string): void {
    for (const [at, event] of this.events.entries())
      if (event.tenant === tenant) this.events[at] = withoutText(event, id);
    for (const forget of this.forgetters) forget(tenant, id);
  }

  readonly forgetters = new Set<(tenant: string, conversationId: string) => void>();
  readonly waiters = new Set<() => void>();
  /** Who runs a turn, by the turn's id. */
  readonly attended = new Map<string, TurnOrders>();
  /** What turns have told, by the turn's id. */
  readonly told = new Map<string, TurnPart[]>();
  readonly events: DomainEvent[] = [];
  private opened = 0;
}

/** The event, without what was said, if it was said in this conversation. */
export function withoutText<E extends { data: object }>(event: E, conversationId: string): E {
  const { data } = event;
  const said = 'content' in data && 'conversationId' in data && data.conversationId === conversationId;
  return said ? { ...event, data: { ...data, content: '' } } : event;
}

type DomainEventContent = DomainEvent extends infer E ? (E extends DomainEvent ? Omit<E, 'id' | 'at'> : never) : never;

/** The key of `told` and `attended`. */
export function toldKey(tenant: string, turnId: string): string {
  return JSON.stringify([tenant, turnId]);
}

/** A message with what is not shown of it. */
type StoredMessage = Message &
  MessageCursor &
  Pick<Answer, 'skillEvents'> & { metadata?: Record<string, unknown> | undefined; userId?: string | undefined };

export interface StoredConversation {
  conversation: Conversation;
  /** The chat that it is, on its channel. */
  chatId?: string;
  /** The newest that came from there: the platform's name of it. */
  lastUpdate?: string;
  order: number;
  lastTurn: number;
  messages: StoredMessage[];
  /** Unfinished and failed ones, in order. */
  turns: StoredTurnRow[];
}

export interface StoredTurnRow {
  id: string;
  no: number;
  request: TurnRequest;
  content: string;
  acceptedAt: Date;
  durable: boolean;
  owner: string | undefined;
  attempt: number;
  failure: FailureRecord | undefined;
  failedAt: Date | undefined;
  told: boolean;
  cancelled: boolean;
}

export class InMemoryConversationStore extends ConversationStore {
  constructor(private readonly data: InMemoryConversations) {
    super();
  }

  async list(
    tenant: string,
    filter: ConversationFilter,
    page: { limit: number; offset: number; after?: ConversationCursor },
  ): Promise<ConversationPage> {
    const fitting = [...this.data.of(tenant).values()]
      .sort((a, b) => b.order - a.order)
      .map((stored) => stored.conversation)
      .filter(({ channel, createdAt }) => {
        if (filter.channel !== undefined && channel !== filter.channel) return false;
        return !(filter.since && createdAt < filter.since) && !(filter.until && createdAt > filter.until);
      });
    const { after } = page;
    const start = after ? fitting.findIndex((conversation) => conversation.id === after.id) + 1 : page.offset;
    const conversations = fitting.slice(start, start + page.limit).map((conversation) => ({ ...conversation }));
    const last = conversations.at(-1);
    const more = last !== undefined && start + page.limit < fitting.length;
    return { conversations, total: fitting.length, ...(more && { next: { createdAt: last.createdAt, id: last.id } }) };
  }

  async find(tenant: string, id: string): Promise<Conversation | undefined> {
    const stored = this.data.of(tenant).get(id);
    return stored && { ...stored.conversation };
  }

  async messages(
    tenant: string,
    id: string,
    page: { limit: number; before?: MessageCursor },
  ): Promise<{ messages: Message[]; previous?: MessageCursor }> {
    const { before } = page;
    const earlier = (this.data.of(tenant).get(id)?.messages ?? [])
      .filter(
        (message) =>
          !before || message.turnNo < before.turnNo || (message.turnNo === before.turnNo && message.step < before.step),
      )
      .sort((a, b) => a.turnNo - b.turnNo || a.step - b.step);
    const shown = earlier.slice(-page.limit);
    const [first] = shown;
    const messages = shown.map(
      ({ turnNo: _turnNo, step: _step, metadata: _metadata, skillEvents: _skillEvents, ...message }) => message,
    );
    return {
      messages,
      ...(first && shown.length < earlier.length && { previous: { turnNo: first.turnNo, step: first.step } }),
    };
  }

  async create(tenant: string, conversation: NewConversation): Promise<Conversation> {
    if (this.data.of(tenant).has(conversation.id))
      throw new Conflict(`Conversation "${conversation.id}" exists already`);
    return { ...this.data.open(tenant, { ...conversation, summary: conversation.label ?? '' }).conversation };
  }

  async delete(tenant: string, id: string): Promise<boolean> {
    const stored = this.data.of(tenant).get(id);
    if (stored) this.data.tellOfConversation('conversation.deleted', tenant, stored.conversation);
    for (const turn of [...(stored?.turns ?? []), ...(stored?.messages ?? [])])
      this.data.told.delete(toldKey(tenant, turn.id));
    const kept = this.data.sends.filter((send) => send.tenant !== tenant || send.conversationId !== id);
    this.data.sends.splice(0, this.data.sends.length, ...kept);
    const deleted = this.data.of(tenant).delete(id);
    this.data.forgetTexts(tenant, id);
    this.data.wake();
    return deleted;
  }

  async counts(tenant: string): Promise<{ total: number; active: number }> {
    const all = [...this.data.of(tenant).values()];
    return { total: all.length, active: all.filter((stored) => stored.turns.some((turn) => !turn.failure)).length };
  }
}
