import type { MessageEventData } from '../events/domain-event.js';
import type { FailureRecord } from '../shared/errors.js';
import type {
  InMemoryConversations,
  StoredConversation,
  StoredTurnRow,
} from '../conversations/in-memory-conversations.js';
import type { HistoryLimits } from './history.js';
import { queueSend } from '../sends/in-memory-send-queue.js';
import { goesOut, type ReplyNotice, type ReplyTo } from '../sends/send.js';
import { speakerOf } from '../memory/speaker.js';
import { TurnLost } from './turn-lost.js';
import { type BegunTurn, type ClaimedTurn, type NewTurn, TurnDispatcher, TurnStore } from './turn-store.js';
import type { Answer, HistoryMessage, TurnRef, TurnState } from './turn.js';

/** Turns of one or several "replicas" that share `data`; `replica` tells them apart. */
export class InMemoryTurnStore extends TurnStore {
  constructor(
    private readonly data: InMemoryConversations,
    private readonly replica = 'one',
  ) {
    super();
  }

  /** Another replica's view of the same turns. */
  sibling(replica: string): InMemoryTurnStore {
    return new InMemoryTurnStore(this.data, replica);
  }

  async begin(turn: NewTurn): Promise<BegunTurn> {
    const { channel, agentId, label, summary } = turn.conversation;
    const stored =
      this.data.of(turn.tenant).get(turn.conversationId) ??
      this.data.open(turn.tenant, { id: turn.conversationId, channel, label, agentId, model: undefined, summary });
    const ready = unfinished(stored).length === 0;
    const no = ++stored.lastTurn;
    stored.messages.push({
      id: turn.message.id,
      role: 'user',
      content: turn.message.content,
      metadata: turn.message.metadata,
      createdAt: new Date(),
      turnNo: no,
      step: 0,
      userId: speakerOf(turn.message.metadata),
    });
    stored.conversation.messageCount++;
    stored.conversation.lastMessageAt = new Date();
    stored.conversation.summary ||= summary;
    this.data.record({ tenant: turn.tenant, name: 'message.received', data: received(turn, stored) });
    stored.turns.push({
      id: turn.turnId,
      no,
      request: turn.request,
      content: turn.message.content,
      acceptedAt: new Date(),
      durable: turn.durable || (turn.lasting ?? false),
      owner: turn.durable ? undefined : this.replica,
      attempt: turn.durable ? 0 : 1,
      failure: undefined,
      failedAt: undefined,
      told: turn.told ?? false,
      cancelled: false,
    });
    const ref = { tenant: turn.tenant, conversationId: turn.conversationId, id: turn.turnId, no };
    if (turn.durable) this.data.wake();
    return {
      ref,
      agentId: stored.conversation.agentId,
      conversationModel: stored.conversation.model,
      history: ready && !turn.durable ? await this.history(ref, turn.historyLimits) : undefined,
    };
  }

  async whenReady(ref: TurnRef, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const { stored } = this.held(ref);
      if (unfinished(stored)[0]?.id === ref.id) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          this.data.waiters.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.data.waiters.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  async history(ref: TurnRef, { maxMessages }: HistoryLimits): Promise<HistoryMessage[]> {
    const messages = this.data.of(ref.tenant).get(ref.conversationId)?.messages ?? [];
    return messages
      .filter((message) => message.turnNo < ref.no)
      .sort((a, b) => a.turnNo - b.turnNo || a.step - b.step)
      .slice(-maxMessages)
      .map(({ role, content }) => ({ role, content }));
  }

  async complete(ref: TurnRef, answer: Answer, reply?: ReplyTo): Promise<void> {
    const { stored, turn } = this.held(ref);
    stored.turns = stored.turns.filter((other) => other !== turn);
    const { model, usage, skillsUsed, skillEvents, latencyMs, interrupted } = answer;
    stored.messages.push({
      id: ref.id,
      role: 'assistant',
      content: answer.content,
      createdAt: new Date(),
      turnNo: ref.no,
      step: 1,
      answer: { model, usage, skillsUsed, latencyMs, interrupted },
      ...(skillEvents && { skillEvents }),
    });
    stored.conversation.messageCount++;
    stored.conversation.lastMessageAt = new Date();
    const out = reply && goesOut(answer.content, reply);
    if (out) this.queue({ ...ref, ...reply, ...out });
    // An answer that goes out is told of when the platform has taken it.
    if (!out || out.notice)
      this.data.record({ tenant: ref.tenant, name: 'message.sent', data: said(ref.id, stored, answer.content) });
    this.data.wake();
  }

  async fail(ref: TurnRef, failure: FailureRecord, notice?: ReplyNotice): Promise<void> {
    const found = this.row(ref);
    if (found?.turn.owner === this.replica) {
      found.turn.failure = failure;
      found.turn.failedAt = new Date();
      const error = { error: failure.code, message: failure.message };
      const data = { ...said(ref.id, found.stored, ''), error };
      this.data.record({ tenant: ref.tenant, name: 'message.failed', data });
      if (notice) this.queue({ ...ref, ...notice, notice: true }, ref.id);
    }
    this.data.wake();
  }

  async makeDurable(ref: TurnRef): Promise<void> {
    const found = this.row(ref);
    if (found) found.turn.durable = true;
  }

  async handBack(ref: TurnRef): Promise<void> {
    const turn = this.row(ref)?.turn;
    if (turn?.owner === this.replica) turn.owner = undefined;
    this.data.wake();
  }

  async claimNext(tenant: string, conversationId: string): Promise<ClaimedTurn | undefined> {
    const stored = this.data.of(tenant).get(conversationId);
    const turn = stored && unfinished(stored)[0];
    if (!turn || !turn.durable || turn.owner !== undefined) return undefined;
    turn.owner = this.replica;
    turn.attempt++;
    return {
      ref: { tenant, conversationId, id: turn.id, no: turn.no },
      agentId: stored.conversation.agentId,
      conversationModel: stored.conversation.model,
      request: turn.request,
      content: turn.content,
      acceptedAt: turn.acceptedAt,
      attempt: turn.attempt,
      told: turn.told,
    };
  }

  async waiting(tenant: string, most: number): Promise<number> {
    const turns = [...this.data.of(tenant).values()].flatMap(unfinished);
    return Math.min(turns.filter(({ durable, owner }) => durable && owner === undefined).length, most);
  }

  async find(tenant: string, turnId: string): Promise<TurnState | undefined> {
    for (const [conversationId, stored] of this.data.of(tenant)) {
      const turn = stored.turns.find((row) => row.id === turnId);
      if (turn?.failure)
        return { status: 'failed', conversationId, failure: turn.failure, endedAt: turn.failedAt ?? turn.acceptedAt };
      if (turn) return { status: 'processing', conversationId };
      const message = stored.messages.find((row) => row.id === turnId);
      if (message?.answer) {
        const { content, answer, skillEvents, createdAt: endedAt } = message;
        const whole = { id: turnId, conversationId, content, ...answer, ...(skillEvents && { skillEvents }) };
        return { status: 'completed', conversationId, answer: whole, endedAt };
      }
    }
    return undefined;
  }

  /** Conversations whose next turn is a durable one that nobody runs. */
  runnable(): { tenant: string; conversationId: string }[] {
    return [...this.data.tenants].flatMap(([tenant, conversations]) =>
      [...conversations].flatMap(([conversationId, stored]) => {
        const head = unfinished(stored)[0];
        return head?.durable && head.owner === undefined ? [{ tenant, conversationId }] : [];
      }),
    );
  }

  /** Calls `listener` after anything that may let a turn run. */
  onProgress(listener: () => void): () => void {
    const repeat = () => {
      this.data.waiters.add(repeat);
      listener();
    };
    this.data.waiters.add(repeat);
    return () => this.data.waiters.delete(repeat);
  }

  private queue(send: Parameters<typeof queueSend>[1], turnId = send.id): void {
    queueSend(this.data.sends, { ...send, draft: this.data.drafts.get(turnId) }, undefined);
  }

  private row(ref: TurnRef): { stored: StoredConversation; turn: StoredTurnRow } | undefined {
    const stored = this.data.of(ref.tenant).get(ref.conversationId);
    const turn = stored?.turns.find((row) => row.id === ref.id && !row.failure);
    return stored && turn && { stored, turn };
  }

  private held(ref: TurnRef): { stored: StoredConversation; turn: StoredTurnRow } {
    const found = this.row(ref);
    if (!found) throw new TurnLost('deleted');
    if (found.turn.owner !== this.replica) throw new TurnLost('taken-over');
    return found;
  }
}

export class InMemoryTurnDispatcher extends TurnDispatcher {
  private stopListening: (() => void) | undefined;
  private readonly running = new Map<string, Promise<void>>();

  constructor(private readonly turns: InMemoryTurnStore) {
    super();
  }

  async start(run: (tenant: string, conversationId: string) => Promise<void>): Promise<void> {
    const dispatch = () => {
      for (const { tenant, conversationId } of this.turns.runnable()) {
        const key = JSON.stringify([tenant, conversationId]);
        if (this.running.has(key)) continue;
        const job = run(tenant, conversationId).finally(() => {
          this.running.delete(key);
          if (this.stopListening) setImmediate(dispatch);
        });
        this.running.set(key, job);
      }
    };
    this.stopListening = this.turns.onProgress(() => setImmediate(dispatch));
    dispatch();
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    this.stopListening = undefined;
    await Promise.all(this.running.values());
  }
}

function unfinished(stored: StoredConversation): StoredTurnRow[] {
  return stored.turns.filter((turn) => !turn.failure);
}

function received({ message, conversationId }: NewTurn, stored: StoredConversation): MessageEventData {
  const { channel } = stored.conversation;
  const { user_id: id, user_name: name } = message.metadata ?? {};
  const userId = typeof id === 'string' ? id : 'user';
  return {
    messageId: message.id,
    conversationId,
    channel,
    chatId: stored.chatId ?? conversationId,
    from: { id: userId, name: typeof name === 'string' ? name : userId },
    content: message.content,
    timestamp: new Date().toISOString(),
  };
}

function said(messageId: string, stored: StoredConversation, content: string): MessageEventData {
  const { id, channel, agentId } = stored.conversation;
  const from = { id: agentId, name: agentId };
  const chatId = stored.chatId ?? id;
  return { messageId, conversationId: id, channel, chatId, from, content, timestamp: new Date().toISOString() };
}
