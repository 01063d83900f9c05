import { isTalk, SEGMENT_ENTRIES } from './memory-entry.js';
import type { Candidate } from './memory-index.js';
import type { DateSpan } from './dates.js';

const K1 = 0.6;
const B = 0.3;
/** What of a term's weight reaches the neighbours in the stream, by their distance. */
const SPREAD = [0.6, 0.4, 0.2, 0.1];
const WINDOW_SHARE = 0.2;
const AUTHOR_FACTOR = 1.15;
const DATE_FACTOR = 1.5;
/** So many are chosen by their own terms alone, and ranked with their neighbours. */
export const CHOSEN = 600;

/** A term's worth: how rare it is among `entries`. */
export function termWeight(entries: number, frequency: number): number {
  return Math.log(1 + Math.max(0, entries - frequency + 0.5) / (frequency + 0.5));
}

/** What a term counts in an entry of this length: how often it stands there is ignored. */
function saturation(length: number, averageLength: number): number {
  return (K1 + 1) / (1 + K1 * (1 - B + (B * length) / Math.max(1, averageLength)));
}

export interface RankedQuery {
  /** Of the terms that the masks tell of, in the order of the bits. */
  weights: number[];
  averageLength: number;
  /** The query in lower case, for the names of authors. */
  text: string;
  /** Times that it names. */
  dates: DateSpan[];
}

export interface Scored {
  candidate: Candidate;
  /** Not yet a share of anything. */
  score: number;
}

/** The best candidates by their own terms, best first. */
export function firstChoice(
  candidates: Candidate[],
  { weights, averageLength }: RankedQuery,
  limit = CHOSEN,
): Scored[] {
  return best(
    candidates.map((candidate) => ({
      candidate,
      score: weightOf(candidate.mask, weights) * saturation(candidate.length, averageLength),
    })),
    limit,
  );
}

/**
 * Ranks the chosen ones with what stands around them: a term of a neighbour counts in part, the most that any gives; a window of 16 adds
 * some of its own; an author or a date that the query names lifts.
 */
export function rank(chosen: Scored[], candidates: Candidate[], query: RankedQuery): Scored[] {
  const streams = placed(candidates);
  const ranked = chosen.map(({ candidate, score }) => {
    const around = isTalk(candidate.stream) ? surroundings(candidate, streams.get(candidate.stream), query) : 0;
    return { candidate, score: (score + around) * lift(candidate, query) };
  });
  return best(ranked, CHOSEN);
}

/** The most that any entry could reach. */
export function possibleScore(weights: number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0) * saturation(0, 1) * (1 + WINDOW_SHARE);
}

/** What the neighbours give of each term, the most of any: by bit. One query at a time ranks, without a pause. */
const spread = new Float64Array(32);

function surroundings(own: Candidate, stream: Stream | undefined, query: RankedQuery): number {
  if (!stream) return 0;
  const { weights, averageLength } = query;
  const { places } = stream;
  let bits = 0;
  for (let distance = 1; distance <= SPREAD.length; distance++) {
    const share = SPREAD[distance - 1] ?? 0;
    for (const place of [own.position - distance, own.position + distance]) {
      const neighbour = places.get(place);
      if (!neighbour) continue;
      const factor = share * saturation(neighbour.length, averageLength);
      for (let rest = neighbour.mask; rest !== 0; rest &= rest - 1) {
        const bit = 31 - Math.clz32(rest & -rest);
        const value = (weights[bit] ?? 0) * factor;
        if (value > ((bits >>> bit) & 1 ? (spread[bit] ?? 0) : 0)) spread[bit] = value;
        bits |= 1 << bit;
      }
    }
  }
  const saturated = saturation(own.length, averageLength);
  let added = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) {
    const bit = 31 - Math.clz32(rest & -rest);
    const has = (own.mask >>> bit) & 1 ? (weights[bit] ?? 0) * saturated : 0;
    added += Math.max(0, (spread[bit] ?? 0) - has);
  }
  const window = Math.floor(own.position / SEGMENT_ENTRIES);
  return added + WINDOW_SHARE * weightOf(stream.windows.get(window) ?? 0, weights);
}

function lift({ author, createdAt }: Candidate, { text, dates }: RankedQuery): number {
  const named = author !== undefined && author.length > 1 && mentions(text, author.toLowerCase());
  const dated = dates.some(({ from, to }) => createdAt >= from && createdAt < to);
  return (named ? AUTHOR_FACTOR : 1) * (dated ? DATE_FACTOR : 1);
}

/** As a word of its own, where the script has words. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const whole = !WORD.test(name) || !(WORD.test(text[at - 1] ?? ' ') || WORD.test(text[at + name.length] ?? ' '));
    if (whole) return true;
  }
  return false;
}

const WORD = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u;

interface Stream {
  places: Map<number, Candidate>;
  /** The terms of each window. */
  windows: Map<number, number>;
}

function placed(candidates: Candidate[]): Map<string, Stream> {
  const streams = new Map<string, Stream>();
  for (const candidate of candidates) {
    const { position, mask } = candidate;
    let stream = streams.get(candidate.stream);
    if (!stream) streams.set(candidate.stream, (stream = { places: new Map(), windows: new Map() }));
    stream.places.set(position, candidate);
    const window = Math.floor(position / SEGMENT_ENTRIES);
    stream.windows.set(window, (stream.windows.get(window) ?? 0) | mask);
  }
  return streams;
}

function weightOf(mask: number, weights: number[]): number {
  let sum = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) sum += weights[31 - Math.clz32(rest & -rest)] ?? 0;
  return sum;
}

/** Equal scores: the newer one first. */
function best(scored: Scored[], limit: number): Scored[] {
  return scored
    .sort(
      (a, b) =>
        b.score - a.score ||
        b.candidate.createdAt.getTime() - a.candidate.createdAt.getTime() ||
        newer(a.candidate.no, b.candidate.no),
    )
    .slice(0, limit);
}

/** Of numbers as text, the higher one first. */
function newer(a: string, b: string): number {
  return b.length - a.length || (a < b ? 1 : a > b ? -1 : 0);
}
