import type { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { factKey } from './fact-key.js';
import type { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { FACT_TAG, type Learned, type Lesson, LessonStore, type NewFact } from './lesson-store.js';
import { positionOf, onlySpeaker, toLessonMessage } from './in-memory-lesson-messages.js';
import type { MemoryEntry } from './memory-entry.js';
import type { TermsOf } from './memory-index.js';

interface Course {
  learned: number;
  userId: string | undefined;
}

/** Learns from the same conversations, and into the same memory, as the other in-memory stores. */
export class InMemoryLessonStore extends LessonStore {
  private readonly courses = new Map<string, Course>();

  constructor(
    private readonly data: InMemoryConversations,
    private readonly index: InMemoryMemoryIndex,
  ) {
    super();
  }

  async next(
    tenant: string,
    conversationId: string,
    { turns, context }: { turns: number; context: number },
  ): Promise<Lesson | undefined> {
    const stored = this.data.of(tenant).get(conversationId);
    if (!stored) return undefined;
    const course = this.courses.get(keyOf(tenant, conversationId));
    const learned = course?.learned ?? 0;
    const open = Math.min(...stored.turns.filter(({ failure }) => !failure).map(({ no }) => no));
    const remembered = new Set(this.entriesOf(tenant, conversationId).map(({ position }) => position));
    const known = stored.messages.filter(({ turnNo, step }) => remembered.has(positionOf({ turnNo, step })));
    const unknown = stored.messages.filter(
      (message) => message.content !== '' && !this.wasSeen(tenant, conversationId, message),
    );
    const end = Math.min(open, ...unknown.map(({ turnNo }) => turnNo));
    const fresh = [...new Set(known.map(({ turnNo }) => turnNo))]
      .filter((turnNo) => turnNo > learned && turnNo < end)
      .sort((a, b) => a - b)
      .slice(0, turns);
    const last = fresh.at(-1);
    if (last === undefined) return undefined;
    const read = known
      .filter(({ turnNo }) => turnNo > learned - context && turnNo <= last)
      .sort((a, b) => positionOf(a) - positionOf(b));
    const { agentId } = stored.conversation;
    const userId = onlySpeaker(read, course);
    return { tenant, conversationId, agentId, userId, learned, messages: read.map(toLessonMessage) };
  }

  async learn(
    lesson: Lesson,
    { until, facts, model }: { until: number; facts: NewFact[]; model: string | undefined },
    termsOf: TermsOf,
    version: number,
  ): Promise<Learned | undefined> {
    const { tenant, conversationId, agentId, userId } = lesson;
    const key = keyOf(tenant, conversationId);
    if (!this.data.of(tenant).has(conversationId)) return undefined;
    if ((this.courses.get(key)?.learned ?? 0) !== lesson.learned) return undefined;
    this.courses.set(key, { learned: until, userId });
    const owner = userId === undefined ? `c:${conversationId}` : `u:${userId}`;
    const done = { added: 0, superseded: 0 };
    const remembered = new Set(this.entriesOf(tenant, conversationId).map(({ position }) => position));
    for (const { content, sources, replaces } of facts) {
      if (!sources.every(({ position }) => remembered.has(position))) continue;
      const mayReplace = this.index.visible(tenant).filter(({ entry }) => {
        const of = this.index.derived.derivations.get(entry.no);
        return of?.owner !== undefined && (of.owner === owner || of.conversationId === conversationId);
      });
      const same = mayReplace.find(({ entry }) => {
        const of = this.index.derived.derivations.get(entry.no);
        return of?.owner === owner && of.key === factKey(content);
      });
      if (same?.entry.conversationId === conversationId) continue;
      const old = mayReplace.filter((kept) => kept === same || replaces.includes(kept.entry.id));
      const createdAt = new Date(Math.max(...sources.map((source) => source.createdAt.getTime())));
      const metadata = {
        ...{ learned: 'fact', sources: sources.map(({ id }) => id), model },
        ...(old.length > 0 && { supersedes: old.map(({ entry }) => entry.id) }),
      };
      const note = { content, tags: [FACT_TAG], createdAt, agentId, metadata, learnedFrom: conversationId };
      const [added] = await this.index.add(
        tenant,
        [{ ...note, ...(userId !== undefined && { userId }) }],
        termsOf,
        version,
      );
      const entry = this.index.visible(tenant).find((kept) => kept.entry.id === added?.id)?.entry;
      if (!entry) continue;
      const places = sources.map(({ position }) => position);
      this.index.derived.derivations.set(entry.no, { conversationId, sources: places, owner, key: factKey(content) });
      for (const one of old) this.index.derived.replace(one.entry.no, entry.no);
      done.added++;
      done.superseded += old.length;
    }
    return done;
  }

  private entriesOf(tenant: string, conversationId: string): MemoryEntry[] {
    const entries = this.index.visible(tenant).map(({ entry }) => entry);
    return entries.filter((entry) => entry.messageId !== undefined && entry.conversationId === conversationId);
  }

  private wasSeen(tenant: string, conversationId: string, { turnNo, step }: { turnNo: number; step: number }): boolean {
    return this.index.wasIndexed(tenant, conversationId, turnNo, step);
  }
}

function keyOf(tenant: string, conversationId: string): string {
  return JSON.stringify([tenant, conversationId]);
}
