import type { LessonMessage } from './lesson-store.js';
import type { TermsOf } from './memory-index.js';

/** Where a segment lies. */
export interface SegmentPlace {
  tenant: string;
  conversationId: string;
  /** The first place of the conversation's stream that it is for. */
  position: number;
}

/** A segment that has no summary yet. */
export interface SegmentToSumUp extends SegmentPlace {
  agentId: string;
  /** The one who speaks in it; undefined where several do, others read along, or nobody is known. */
  userId: string | undefined;
  /** In their order. */
  messages: LessonMessage[];
}

/** Summaries of segments: entries of the memory (`long-term`, with the tag `summary`) that know their sources and go with any of them. */
export abstract class SummaryStore {
  /** The next one of all tenants that wants a summary, after that place. */
  abstract next(after?: SegmentPlace): Promise<SegmentToSumUp | undefined>;

  /**
   * Stores the summary (undefined: there is nothing to say) and that it is made, both or neither. False where the segment has changed or
   * gone meanwhile, or somebody else was faster.
   */
  abstract store(
    segment: SegmentToSumUp,
    summary: { content: string; model: string } | undefined,
    termsOf: TermsOf,
    version: number,
  ): Promise<boolean>;
}

/** The tag of summaries; people may put it on notes of theirs. */
export const SUMMARY_TAG = 'summary';
