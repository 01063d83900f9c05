/** At most so many terms are looked for by themselves: each is a bit of a number of 32. */
const MOST_TERMS = 30;
/** Of words that are all common, so many are looked at; and so many pairs of these are looked for. */
const COMMON_TERMS = 8;
const MOST_PAIRS = 10;

export interface TermChoice {
  /** Places of the terms in their list, in the order of the candidates' bits. */
  asked: number[];
  /** `each`: what has any of them; `pairs`: what has both terms of one of `pairs`; `newest`: what is new and has any of them. */
  by: 'each' | 'pairs' | 'newest';
  pairs: [number, number][];
}

export interface KnownTerms {
  /** In how many of the tenant's entries each of the terms is. */
  frequencies: number[];
  entries: number;
  /** At most so many of these are in scope. */
  within: number;
  /** So many entries may be looked at. */
  reach: number;
}

/**
 * By which terms to look: the rarest, as long as they are in few entries together. Where all are common, by pairs of the rarest that are in few
 * entries; where there are none either, among the newest entries. A term is taken to be as common in scope as anywhere, and a pair as
 * common as if its terms had nothing to do with each other.
 */
export function chooseTerms({ frequencies, entries, within, reach }: KnownTerms): TermChoice {
  const present = frequencies
    .map((frequency, at) => ({ at, frequency }))
    .filter(({ frequency }) => frequency > 0)
    .sort((a, b) => a.frequency - b.frequency);
  const rare = few(present, reach, ({ frequency }) => (frequency * within) / entries).slice(0, MOST_TERMS);
  if (rare.length > 0) return { asked: rare.map(({ at }) => at), by: 'each', pairs: [] };
  const common = present.slice(0, COMMON_TERMS);
  const asked = common.map(({ at }) => at);
  const share = within / entries / entries;
  const pairs = common
    .flatMap((one, no) =>
      common.slice(no + 1).map((other) => ({
        places: [one.at, other.at] as [number, number],
        expected: one.frequency * other.frequency * share,
      })),
    )
    .sort((a, b) => a.expected - b.expected);
  const fewest = few(pairs, reach, ({ expected }) => expected).slice(0, MOST_PAIRS);
  return { asked, by: fewest.length > 0 ? 'pairs' : 'newest', pairs: fewest.map(({ places }) => places) };
}

/** The first that are in at most `reach` entries, all together. */
function few<Item>(items: Item[], reach: number, entriesOf: (item: Item) => number): Item[] {
  let sum = 0;
  const end = items.findIndex((item) => (sum += Math.max(1, entriesOf(item))) > reach);
  return end === -1 ? items : items.slice(0, end);
}
