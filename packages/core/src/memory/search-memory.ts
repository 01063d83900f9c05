import type { Analyser } from './analyser.js';
import { datesIn } from './dates.js';
import type { Ranked } from './fuse.js';
import { catchUp } from './index-text.js';
import type { MemoryEntry, MemoryFilter } from './memory-entry.js';
import type { Candidate, MemoryIndex } from './memory-index.js';
import { CHOSEN, firstChoice, possibleScore, rank, type RankedQuery, termWeight } from './rank.js';
import { hashedTerms } from './term-hash.js';

export interface MemoryQuery {
  tenant: string;
  query: string;
  /** At most 100. */
  limit: number;
  /** 0…1 */
  minScore?: number;
  filter?: MemoryFilter;
  /** What was stored within the last second may be missing: who asks often neither waits for it to be indexed nor looks as far. */
  asIndexed?: boolean;
  /** What stands in this conversation from this place on is known to who asks: it is not among what is found. */
  known?: { conversationId: string; from: number };
  /** So many of the results are read at first, and the others only if these are not `enough`. */
  first?: { many: number; enough: (hits: MemoryHit[]) => boolean };
  /** How long what it means may take, beside its words, in ms: see `HybridSearch`. */
  patienceMs?: number;
}

export interface MemoryHit extends MemoryEntry {
  /** 0…1: the share of the best that any entry could reach for this query; comparable between queries. */
  score: number;
}

export interface MemoryHits {
  results: MemoryHit[];
  /** How many were found and are at least `minScore`; of more than 600, the best 600 are counted. */
  total: number;
  /** What it means should have counted as well, and could not be found out in time. */
  lexicalOnly?: boolean;
}

/** More finds no better, neither among ten thousand entries nor among a million: see docs/adr/0017-memory-search.md. */
const WIDE = { entries: 500, paired: 300, postings: 20_000, newest: 600 };
/** Within one conversation. */
const DEEP = { ...WIDE, entries: 3_000 };
/** Before every turn, whatever the conversation has grown to. The newest are in the turn's history. */
const BRIEF = { entries: 200, paired: 0, postings: 0, newest: 0 };
const MOST_RANKED = 1_000;
const CATCH_UP = 200;

/** Finds what was said or added, in any language, by its words. */
export class SearchMemory {
  constructor(
    private readonly index: MemoryIndex,
    private readonly analyser: Analyser,
  ) {}

  /** Best first. Finds also what was stored a moment ago, unless it is asked `asIndexed`. */
  async execute(query: MemoryQuery): Promise<MemoryHits> {
    return this.show(query, await this.rank(query));
  }

  /** The best of these that are within the filter, with their contents. */
  async show(query: MemoryQuery, ranked: Ranked[]): Promise<MemoryHits> {
    const { limit, minScore = 0, first } = query;
    const best = ranked.filter(({ score }) => score > 0 && score >= minScore);
    const shown = best.slice(0, limit);
    const results = await this.read(query, first ? shown.slice(0, first.many) : shown);
    if (first && shown.length > first.many && !first.enough(results))
      results.push(...(await this.read(query, shown.slice(first.many))));
    return { results, total: best.length };
  }

  private async read({ tenant, filter = {} }: MemoryQuery, ranked: Ranked[]): Promise<MemoryHit[]> {
    const scores = new Map(ranked.map(({ no, score }) => [no, score]));
    const read = await this.index.read(tenant, [...scores.keys()], filter);
    return read.map((entry) => ({ ...entry, score: scores.get(entry.no) ?? 0 }));
  }

  /** What the words find, best first, at most 1,000; those after the best 600 have a score of 0, and count only where something else lifts them. */
  async rank({ tenant, query, filter = {}, asIndexed = false, known: seen }: MemoryQuery): Promise<Ranked[]> {
    const terms = hashedTerms(tenant, this.analyser.queryTerms(query));
    if (terms.length === 0) return [];
    const reach = asIndexed ? BRIEF : filter.conversationId === undefined ? WIDE : DEEP;
    let found = await this.index.find(tenant, terms, filter, { ...reach, fresh: !asIndexed });
    if (found.waiting) {
      await catchUp(this.index, this.analyser, tenant, CATCH_UP);
      found = await this.index.find(tenant, terms, filter, { ...reach, fresh: false });
    }
    const { entries, totalLength, frequencies, asked, candidates } = found;
    if (candidates.length === 0) return [];

    const weights = terms.map((_, at) => termWeight(entries, frequencies[at] ?? 0));
    const possible = possibleScore(weights);
    const ranked: RankedQuery = {
      weights: asked.map((at) => weights[at] ?? 0),
      averageLength: totalLength / entries,
      text: query.normalize('NFKC').toLowerCase(),
      dates: datesIn(query),
    };
    const first = firstChoice(candidates.filter(unlessSeen(seen)), ranked, MOST_RANKED);
    const best = rank(first.slice(0, CHOSEN), candidates, ranked).map(({ candidate, score }) => ({
      no: candidate.no,
      score: Math.min(1, score / possible),
    }));
    return [...best, ...first.slice(CHOSEN).map(({ candidate: { no } }) => ({ no, score: 0 }))];
  }
}

function unlessSeen(seen: MemoryQuery['known']): (candidate: Candidate) => boolean {
  if (!seen) return () => true;
  const stream = `c:${seen.conversationId}`;
  return (candidate) => candidate.stream !== stream || candidate.position < seen.from;
}
