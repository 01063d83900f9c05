import type { Near } from './vector-index.js';

/** An entry and its score, 0…1. */
export interface Ranked {
  no: string;
  score: number;
}

const K = 60;
/** Of each of the two lists. */
const FUSED = 200;

/**
 * One list of two, by reciprocal rank: what both have found comes first. An entry's score is the better of its two, and never more than that
 * of the entry before it. `words` is in its order, `near` in any.
 */
export function fuse(words: Ranked[], near: Near[]): Ranked[] {
  const nearest = near.toSorted((a, b) => b.cosine - a.cosine);
  const cosines = new Map(near.map(({ no, cosine }) => [no, cosine]));
  const fused = new Map<string, { no: string; rank: number; score: number }>();
  const count = (no: string, place: number, score: number) => {
    const known = fused.get(no) ?? { no, rank: 0, score: 0 };
    fused.set(no, { no, rank: known.rank + 1 / (K + place + 1), score: Math.max(known.score, score) });
  };
  words.slice(0, FUSED).forEach(({ no, score }, place) => count(no, place, Math.max(score, cosines.get(no) ?? 0)));
  nearest.slice(0, FUSED).forEach(({ no, cosine }, place) => count(no, place, cosine));
  let least = 1;
  return [...fused.values()]
    .sort((a, b) => b.rank - a.rank || b.score - a.score)
    .map(({ no, score }) => ({ no, score: (least = Math.min(least, score)) }));
}
