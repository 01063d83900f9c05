import type { TermsOf } from './memory-index.js';

/** A message of a conversation, as something is learned from it. */
export interface LessonMessage {
  id: string;
  turnNo: number;
  /** Place in the conversation's stream of the memory. */
  position: number;
  role: 'user' | 'assistant';
  author: string | undefined;
  content: string;
  createdAt: Date;
}

/** What was said in a conversation since something was learned from it last. */
export interface Lesson {
  tenant: string;
  conversationId: string;
  agentId: string;
  /** Whose facts they will be. Undefined: the conversation's, because nobody knows the user, several speak, or others read along. */
  userId: string | undefined;
  /** Everything up to this turn was learned before. */
  learned: number;
  /** Oldest first; those of turns up to `learned` are there for the others' sake. */
  messages: LessonMessage[];
}

export interface NewFact {
  content: string;
  /** Of the lesson's messages. */
  sources: LessonMessage[];
  /** Ids of the memory's entries that it takes the place of. */
  replaces: string[];
}

export interface Learned {
  added: number;
  superseded: number;
}

/**
 * What was learned from conversations: facts, each an entry of the memory (`long-term`, with the tag `fact`) that knows its sources and goes
 * with them. A fact that another one has taken the place of is not found any more; it comes back when that one goes with its conversation.
 */
export abstract class LessonStore {
  /**
   * The conversation's next lesson, of at most `turns` turns and the `context` ones before them; undefined where there is nothing new. Only what is remembered and indexed, and only turns that have ended.
   */
  abstract next(
    tenant: string,
    conversationId: string,
    limits: { turns: number; context: number },
  ): Promise<Lesson | undefined>;

  /**
   * Stores what was learned and that the lesson is over up to the turn `until`, both or neither. A fact that this conversation has told
   * before is not stored again; one that another conversation of the same owner has told takes that one's place. What has lost a source
   * meanwhile is left out. Undefined where somebody else was faster or the conversation is gone.
   */
  abstract learn(
    lesson: Lesson,
    outcome: { until: number; facts: NewFact[]; model: string | undefined },
    termsOf: TermsOf,
    version: number,
  ): Promise<Learned | undefined>;
}

/** The tag of what was learned; people may put it on notes of theirs, which makes no facts of them. */
export const FACT_TAG = 'fact';
