import type { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { summarize } from '../conversations/conversation.js';
import { type IdempotencyKey, KEY_LIFETIME_MS, type KeyUse } from '../idempotency/idempotency-keys.js';
import { type QueuedSend, queueSend, sameChat } from './in-memory-send-queue.js';
import type { ClaimedSend, NewSend, Send, SendOutcome, SendRef } from './send.js';
import { type AcceptedSend, type ChannelPlace, SendStore } from './send-store.js';

/** Sends of one or several "replicas" that share `data`. */
export class InMemorySendStore extends SendStore {
  constructor(
    private readonly data: InMemoryConversations,
    private readonly replica = 'one',
    private readonly keys = new Map<string, KeyUse & { until: number }>(),
  ) {
    super();
  }

  /** Another replica's view of the same sends. */
  sibling(replica: string): InMemorySendStore {
    return new InMemorySendStore(this.data, replica, this.keys);
  }

  /** The replica has died: others may take what it had claimed. */
  die(): void {
    for (const send of this.data.sends) if (send.owner === this.replica) send.owner = undefined;
  }

  /** Lets this much time pass for keys, and for what is to be tried again. */
  pass(ms: number): void {
    for (const use of this.keys.values()) use.until -= ms;
    for (const send of this.data.sends) {
      if (send.nextAttemptAt !== undefined) send.nextAttemptAt -= ms;
      send.acceptedAt = new Date(send.acceptedAt.getTime() - ms);
    }
  }

  async accept(send: NewSend, key?: IdempotencyKey): Promise<AcceptedSend> {
    const { tenant, id, channel, chatId, conversationId, agentId, text } = send;
    if (key) {
      const name = JSON.stringify([tenant, key.key]);
      const use = this.keys.get(name);
      if (use && use.until > Date.now()) {
        const { turnId, fingerprint } = use;
        return { used: { turnId, conversationId: use.conversationId, fingerprint } };
      }
      const { fingerprint } = key;
      this.keys.set(name, { turnId: id, conversationId, fingerprint, until: Date.now() + KEY_LIFETIME_MS });
    }
    const summary = summarize(text);
    const stored =
      this.data.of(tenant).get(conversationId) ??
      this.data.open(tenant, { id: conversationId, channel, label: undefined, agentId, model: undefined, summary });
    stored.chatId ??= chatId;
    stored.messages.push({
      id,
      role: 'assistant',
      content: text,
      createdAt: new Date(),
      turnNo: ++stored.lastTurn,
      step: 1,
    });
    stored.conversation.messageCount++;
    stored.conversation.lastMessageAt = new Date();
    stored.conversation.summary ||= summary;
    const queued = queueSend(this.data.sends, { ...send, notice: false }, this.replica);
    return { claimed: queued.owner === undefined ? undefined : { ...queued }, acceptedAt: queued.acceptedAt };
  }

  async withdraw(ref: SendRef): Promise<void> {
    const send = this.row(ref);
    if (send?.state !== 'queued') return;
    if (send.owner !== this.replica && (send.owner !== undefined || send.attempts > 0)) return;
    this.data.sends.splice(this.data.sends.indexOf(send), 1);
    const stored = this.data.of(send.tenant).get(send.conversationId);
    if (stored) {
      stored.messages = stored.messages.filter((message) => message.id !== send.id);
      stored.conversation.messageCount--;
    }
    this.promote(send);
  }

  async find(tenant: string, id: string): Promise<Send | undefined> {
    const send = this.row({ tenant, id });
    return send && { ...send };
  }

  async claimDue(places: readonly ChannelPlace[], limit: number): Promise<ClaimedSend[]> {
    const due = this.data.sends.filter(
      ({ state, owner, nextAttemptAt = Infinity, channel, tenant }) =>
        state === 'queued' &&
        owner === undefined &&
        nextAttemptAt <= Date.now() &&
        places.some((place) => place.channel === channel && place.tenant === tenant),
    );
    due.sort((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0));
    return due.slice(0, limit).map((send) => this.claim(send));
  }

  async claimOverdue(ageMs: number, limit: number): Promise<ClaimedSend[]> {
    const old = this.data.sends.filter(
      ({ state, owner, nextAttemptAt, acceptedAt }) =>
        state === 'queued' &&
        owner === undefined &&
        nextAttemptAt !== undefined &&
        acceptedAt.getTime() < Date.now() - ageMs,
    );
    return old.slice(0, limit).map((send) => this.claim(send));
  }

  async progress(ref: SendRef, parts: readonly string[], messageIds: readonly string[]): Promise<boolean> {
    const send = this.row(ref);
    if (send?.owner !== this.replica) return false;
    send.parts ??= [...parts];
    send.messageIds = [...messageIds];
    return true;
  }

  async note(ref: SendRef, outcome: SendOutcome, more: boolean, at = new Date()): Promise<ClaimedSend | undefined> {
    const send = this.row(ref);
    if (send?.owner !== this.replica) return undefined;
    send.owner = undefined;
    send.state = outcome.state;
    send.messageIds = [...outcome.messageIds];
    if (outcome.state === 'queued') {
      send.lastError = outcome.error ?? send.lastError;
      send.nextAttemptAt = Date.now() + outcome.retryInMs;
      return undefined;
    }
    send.endedAt = at;
    send.nextAttemptAt = undefined;
    if (outcome.state === 'failed') send.failure = outcome.failure;
    this.tell(send);
    const next = this.promote(send);
    return next && more ? this.claim(next) : undefined;
  }

  private tell({ tenant, id: messageId, conversationId, channel, chatId, text, failure, notice }: QueuedSend): void {
    const agent = this.data.of(tenant).get(conversationId)?.conversation.agentId ?? '';
    if (notice) return;
    const from = { id: agent, name: agent };
    const about = { messageId, conversationId, channel, chatId, from };
    const timestamp = new Date().toISOString();
    if (!failure)
      return this.data.record({ tenant, name: 'message.sent', data: { ...about, content: text, timestamp } });
    const error = { error: failure.code, message: failure.message };
    this.data.record({ tenant, name: 'message.failed', data: { ...about, content: '', timestamp, error } });
  }

  private promote(ended: QueuedSend): QueuedSend | undefined {
    const next = this.data.sends.find((send) => send.state === 'queued' && sameChat(send, ended));
    if (next) next.nextAttemptAt ??= Date.now();
    return next;
  }

  private claim(send: QueuedSend): ClaimedSend {
    send.owner = this.replica;
    send.attempts++;
    return { ...send, messageIds: [...send.messageIds] };
  }

  private row({ tenant, id }: SendRef): QueuedSend | undefined {
    return this.data.sends.find((send) => send.tenant === tenant && send.id === id);
  }
}
