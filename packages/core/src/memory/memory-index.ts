import type { MemoryEntry, MemoryFilter, MemoryStats, MemoryType, NewNote } from './memory-entry.js';

/** An entry in which some of the asked-for terms are, without its text. */
export interface Candidate {
  no: string;
  stream: string;
  position: number;
  /** Different terms. */
  length: number;
  /** Bit i: it has the i-th of the terms. */
  mask: number;
  author: string | undefined;
  createdAt: Date;
}

/** What is known of terms, and the entries to be ranked. */
export interface Found {
  /** Entries wait to be indexed, and nothing was looked for: `fresh` was asked for. */
  waiting: boolean;
  /** Indexed entries of the tenant, and the sum of their lengths. */
  entries: number;
  totalLength: number;
  /** In how many entries each of the terms is, in their order. */
  frequencies: number[];
  /** Those of the terms that the candidates' masks tell of, the rarest ones: places in the list, in the order of the bits. */
  asked: number[];
  candidates: Candidate[];
}

export interface Reach {
  /** Only if everything of the tenant is indexed. */
  fresh: boolean;
  /** About so many entries may be looked at because they have one of the rarer terms: see `chooseTerms`. */
  entries: number;
  /** About so many more, because they have two of the next ones; */
  paired: number;
  /** which are in at most so many entries, all together. */
  postings: number;
  /** Of terms that are everywhere, so many of the newest entries. */
  newest: number;
}

/** Gives the terms of a text, by which it will be found: as `hashedTerms` makes them. */
export type TermsOf = (tenant: string, text: string) => number[];

export interface Reconciled {
  /** Looked at. */
  tenants: number;
  /** Counters that were wrong. */
  mended: number;
}

export interface Compacted {
  segments: number;
  entries: number;
}

/**
 * Everything remembered, and what finds it. Messages come in by themselves, in the transaction that stores them, and go with their
 * conversation; they wait to be indexed by `indexPending`.
 */
export abstract class MemoryIndex {
  /** Stores notes and indexes them; in their order. */
  abstract add(
    tenant: string,
    notes: NewNote[],
    termsOf: TermsOf,
    version: number,
  ): Promise<{ id: string; createdAt: Date }[]>;

  /** Indexes at most `limit` entries that wait for it or were indexed by another version; gives how many. Any number of replicas may do so at once. */
  abstract indexPending(
    options: { tenant?: string; limit: number; version: number },
    termsOf: TermsOf,
  ): Promise<number>;

  /** Those entries within the filter that are worth ranking for the terms: what has the rarer ones of them, or two. In one round trip. */
  abstract find(tenant: string, terms: number[], filter: MemoryFilter, reach: Reach): Promise<Found>;

  /** Those of the entries that are there and pass the filter, in the order of `nos`. */
  abstract read(tenant: string, nos: string[], filter: MemoryFilter): Promise<MemoryEntry[]>;

  /** Whether notes were ever added to this session. Cheap at any size. */
  abstract hasNotes(tenant: string, sessionId: string): Promise<boolean>;

  /** A page of everything, in order of arrival, after the entry of that number. */
  abstract list(tenant: string, page: { after?: string; limit: number }): Promise<MemoryEntry[]>;

  /** False where there is none of that id. */
  abstract remove(tenant: string, id: string): Promise<boolean>;

  /** How many entries `prune` would forget. */
  abstract count(tenant: string, which: { before?: Date; type?: MemoryType }): Promise<number>;

  /** Forgets the entries of that type from before then; gives how many. The conversations themselves stay. */
  abstract prune(tenant: string, which: { before?: Date; type?: MemoryType }): Promise<number>;

  abstract stats(tenant: string): Promise<MemoryStats>;

  /**
   * Puts entries from before then, 16 consecutive ones of a stream at a time, into segments; of all tenants, or of one. With `summaries`,
   * those of conversations that have none are marked to be summed up: see `SummaryStore`.
   */
  abstract compact(
    options: { before: Date; tenant?: string; summaries?: boolean },
    signal: AbortSignal,
  ): Promise<Compacted>;

  /**
   * Compares what is counted along (behind `stats` and `statistics`) with what is there, and mends it; of one tenant, or of some: those whose
   * turn it is. Bounded work, beside whoever writes.
   */
  abstract reconcile(options: { tenant?: string }, signal: AbortSignal): Promise<Reconciled>;
}
