import type { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import type { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { onlySpeaker, toLessonMessage } from './in-memory-lesson-messages.js';
import { SEGMENT_ENTRIES } from './memory-entry.js';
import type { TermsOf } from './memory-index.js';
import { type SegmentPlace, type SegmentToSumUp, SUMMARY_TAG, SummaryStore } from './summary-store.js';

/** Sums up the segments of the same memory. */
export class InMemorySummaryStore extends SummaryStore {
  constructor(
    private readonly data: InMemoryConversations,
    private readonly index: InMemoryMemoryIndex,
  ) {
    super();
  }

  async next(after?: SegmentPlace): Promise<SegmentToSumUp | undefined> {
    const places = this.index.wantedSummaries;
    const from = after ? places.findIndex((place) => isSame(place, after)) + 1 : 0;
    for (const place of places.slice(from)) {
      const segment = this.read(place);
      if (segment) return segment;
    }
    return undefined;
  }

  async store(
    segment: SegmentToSumUp,
    summary: { content: string; model: string } | undefined,
    termsOf: TermsOf,
    version: number,
  ): Promise<boolean> {
    const { tenant, conversationId, agentId, userId, messages } = segment;
    const wanted = this.index.wantedSummaries.find((place) => isSame(place, segment) && !place.made);
    const now = wanted && this.read(wanted);
    if (!wanted || now?.messages.length !== messages.length) return false;
    wanted.made = true;
    if (!summary) return true;
    const sources = messages.map(({ id }) => id);
    const createdAt = new Date(Math.max(...messages.map((message) => message.createdAt.getTime())));
    const metadata = { learned: 'summary', sources, model: summary.model };
    const note = {
      content: summary.content,
      tags: [SUMMARY_TAG],
      createdAt,
      agentId,
      metadata,
      learnedFrom: conversationId,
    };
    const [added] = await this.index.add(
      tenant,
      [{ ...note, ...(userId !== undefined && { userId }) }],
      termsOf,
      version,
    );
    const entry = this.index.visible(tenant).find((kept) => kept.entry.id === added?.id)?.entry;
    const places = messages.map(({ position }) => position);
    if (entry) this.index.derived.derivations.set(entry.no, { conversationId, sources: places });
    return true;
  }

  private read({
    tenant,
    conversationId,
    position: start,
    made,
  }: SegmentPlace & { made: boolean }): SegmentToSumUp | undefined {
    const stored = this.data.of(tenant).get(conversationId);
    if (!stored || made) return undefined;
    const inside = this.index.visible(tenant).flatMap(({ entry }) => {
      const at = entry.position;
      const here = entry.messageId !== undefined && entry.conversationId === conversationId;
      return here && at >= start && at < start + SEGMENT_ENTRIES ? [entry] : [];
    });
    const said = stored.messages.filter(({ id }) => inside.some(({ messageId }) => messageId === id));
    if (said.length === 0) return undefined;
    const { agentId } = stored.conversation;
    const of = { tenant, conversationId, position: start, agentId, userId: onlySpeaker(said) };
    return { ...of, messages: said.map(toLessonMessage) };
  }
}

function isSame(a: SegmentPlace, b: SegmentPlace): boolean {
  return a.tenant === b.tenant && a.conversationId === b.conversationId && a.position === b.position;
}
