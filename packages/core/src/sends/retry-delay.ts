const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;
/** No platform may put a message off for longer. */
const LONGEST_ASKED_MS = 3_600_000;

/**
 * How long to wait after the `attempts`th attempt, in ms: doubled each time, less up to a half at random, so that what failed together is not
 * tried together. Not before what the platform `asked` for, and a little later at random.
 */
export function retryDelay(attempts: number, asked?: number, random: () => number = Math.random): number {
  const doubled = Math.min(FIRST_MS * 2 ** Math.min(Math.max(attempts, 1) - 1, 20), LONGEST_MS);
  const ours = doubled * (1 - random() / 2);
  if (asked === undefined) return Math.round(ours);
  return Math.round(Math.max(ours, Math.min(asked, LONGEST_ASKED_MS) * (1 + random() / 10)));
}
