/** At most so many terms are asked for: each is a bit of a number of 32. */
const MOST_TERMS = 30;
/** At most so many are looked for by two. */
const MOST_TOGETHER = 8;

/** By which terms to look, as places in their list. Where there are none: among what is new. */
export interface TermChoice {
  /** What has any of them. */
  alone: number[];
  /** What has two of them. */
  together: number[];
}

export interface KnownTerms {
  /** In how many of the tenant's entries each of the terms is. */
  frequencies: number[];
  entries: number;
  /** At most so many of these are in scope. */
  within: number;
  /** See `Reach`. */
  reach: { entries: number; paired: number; postings: number };
}

/** Those of the terms that are anywhere and say most, as places in their list, the rarest first. */
export function rarest(frequencies: number[]): number[] {
  return frequencies
    .map((frequency, at) => ({ at, frequency }))
    .filter(({ frequency }) => frequency > 0)
    .sort((a, b) => a.frequency - b.frequency)
    .slice(0, MOST_TERMS)
    .map(({ at }) => at);
}

/**
 * The rarest, as long as they are in few entries together. Of the next ones, what has two of them, as long as that is little to read and to
 * fetch: of two words of which each is in 5,000 entries of a million, 25 have both. Where all are common, two may be read at any cost.
 * A term is taken to be as common in scope as anywhere, and a pair as common as if its terms had nothing to do with each other.
 */
export function chooseTerms({ frequencies, entries, within, reach }: KnownTerms): TermChoice {
  const places = rarest(frequencies);
  const frequencyOf = (at: number) => frequencies[at] ?? 0;
  let reached = 0;
  const alone = places.filter((at) => (reached += Math.max(1, (frequencyOf(at) * within) / entries)) <= reach.entries);
  let [postings, paired] = [0, 0];
  const together = places.slice(alone.length, alone.length + MOST_TOGETHER).filter((at, no) => {
    if (no > 0) paired += Math.max(1, (frequencyOf(at) * postings * within) / entries / entries);
    postings += frequencyOf(at);
    const little = postings <= reach.postings && paired <= reach.paired;
    return little || (alone.length === 0 && no < 2 && paired <= reach.entries);
  });
  return { alone, together: together.length > 1 ? together : [] };
}
