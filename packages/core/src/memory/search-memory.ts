import type { Analyser } from './analyser.js';
import { datesIn } from './dates.js';
import type { MemoryEntry, MemoryFilter } from './memory-entry.js';
import type { Candidate, MemoryIndex } from './memory-index.js';
import { firstChoice, possibleScore, rank, type RankedQuery, termWeight, weightOf } from './rank.js';
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
}

export interface MemoryHit extends MemoryEntry {
  /** 0…1: the share of the best that any entry could reach for this query; comparable between queries. */
  score: number;
}

export interface MemoryHits {
  results: MemoryHit[];
  /** How many were found and are at least `minScore`; of more than 600, the best 600 are counted. */
  total: number;
}

/** How many entries the candidates' terms may be in, all together; and of words that are everywhere, how many of the newest are looked at. */
const WIDE = { entries: 3_000, newest: 1_000 };
/** Within one conversation. */
const DEEP = { ...WIDE, entries: 30_000 };
/** Before every turn, whatever the conversation has grown to. */
const BRIEF = { entries: 500, newest: 200 };
/** So many terms that are too common to be looked for rank what was found by the others. */
const MOST_COMMON_TERMS = 30;
const RANKED_BY_COMMON_TERMS = 200;
const CATCH_UP = 200;

/** Finds what was said or added, in any language, by its words. */
export class SearchMemory {
  constructor(
    private readonly index: MemoryIndex,
    private readonly analyser: Analyser,
  ) {}

  /** Best first. Finds also what was stored a moment ago, unless it is asked `asIndexed`. */
  async execute({
    tenant,
    query,
    limit,
    minScore = 0,
    filter = {},
    asIndexed = false,
  }: MemoryQuery): Promise<MemoryHits> {
    const terms = hashedTerms(tenant, this.analyser.queryTerms(query));
    if (terms.length === 0) return { results: [], total: 0 };
    const reach = asIndexed ? BRIEF : filter.conversationId === undefined ? WIDE : DEEP;
    let found = await this.index.find(tenant, terms, filter, { ...reach, fresh: !asIndexed });
    if (found.waiting) {
      const { version } = this.analyser;
      await this.index.indexPending({ tenant, limit: CATCH_UP, version }, (of, text) =>
        hashedTerms(of, this.analyser.terms(text)),
      );
      found = await this.index.find(tenant, terms, filter, { ...reach, fresh: false });
    }
    const { entries, totalLength, frequencies, asked, candidates } = found;
    if (candidates.length === 0) return { results: [], total: 0 };

    const known = terms.map((term, at) => {
      const frequency = frequencies[at] ?? 0;
      return { term, frequency, weight: termWeight(entries, frequency), asked: asked.includes(at) };
    });
    const possible = possibleScore(known.map(({ weight }) => weight));
    const ranked: RankedQuery = {
      weights: asked.map((at) => known[at]?.weight ?? 0),
      averageLength: totalLength / entries,
      text: query.normalize('NFKC').toLowerCase(),
      dates: datesIn(query),
    };
    const others = known
      .filter((term) => !term.asked && term.frequency > 0)
      .sort((a, b) => a.frequency - b.frequency)
      .slice(0, MOST_COMMON_TERMS);
    const chosen = firstChoice(candidates, ranked);
    const common = await this.common(
      tenant,
      chosen.slice(0, RANKED_BY_COMMON_TERMS).map(({ candidate }) => candidate),
      others,
    );
    const best = rank(chosen, candidates, ranked, common)
      .map(({ candidate, score }) => ({ no: candidate.no, score: Math.min(1, score / possible) }))
      .filter(({ score }) => score > 0 && score >= minScore);
    const shown = best.slice(0, limit);
    const scores = new Map(shown.map(({ no, score }) => [no, score]));
    const read = await this.index.read(
      tenant,
      shown.map(({ no }) => no),
      filter,
    );
    return { results: read.map((entry) => ({ ...entry, score: scores.get(entry.no) ?? 0 })), total: best.length };
  }

  /** What the terms that are too common to be searched for add to each of these. */
  private async common(
    tenant: string,
    candidates: Candidate[],
    terms: { term: number; weight: number }[],
  ): Promise<(candidate: Candidate) => number> {
    if (terms.length === 0 || candidates.length === 0) return () => 0;
    const nos = candidates.map(({ no }) => no);
    const masks = await this.index.contained(
      tenant,
      nos,
      terms.map(({ term }) => term),
    );
    const weights = terms.map(({ weight }) => weight);
    const added = new Map(nos.map((no, at) => [no, weightOf(masks[at] ?? 0, weights)]));
    return ({ no }) => added.get(no) ?? 0;
  }
}
