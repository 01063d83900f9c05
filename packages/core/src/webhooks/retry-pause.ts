import type { RetrySettings } from './webhook.js';

const LONGEST_BACKOFF_MS = 6 * 3_600_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** So that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * How long to wait after the `tries`-th attempt has failed, in ms: `backoffMs`, doubled for each further one, give or take a fifth; longer
 * where the receiver asked for it, up to an hour. `random` is from 0 to 1.
 */
export function retryPause(
  { backoffMs }: RetrySettings,
  tries: number,
  retryAfterMs: number | undefined,
  random: number,
): number {
  const doubled = Math.min(backoffMs * 2 ** Math.min(tries - 1, 30), LONGEST_BACKOFF_MS);
  const pause = doubled * (1 - JITTER + 2 * JITTER * random);
  return Math.round(Math.max(pause, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)));
}
