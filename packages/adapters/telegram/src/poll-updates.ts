import { Backoff, ChannelUnavailable, type ChannelHost } from '@openclaw/core';
import type { Update } from 'telegraf/types';
import type { BotApi } from './bot-api.js';
import { ALLOWED_UPDATES } from './incoming-message.js';
import { QUIET_MS, tellOfSilence } from './tell-of-silence.js';

export interface PollTiming {
  /** How long Telegram holds a call that has nothing to tell, in s. */
  holdSeconds: number;
  /** How long beyond that it may be silent before the channel counts as disconnected, in ms. */
  quietMs: number;
  /** How long beyond that its answer is waited for, in ms. */
  patienceMs: number;
  /** Between two calls when Telegram does not hold them, in ms. */
  restMs: number;
}

/**
 * Short, for a connection that is lost without a sign, or a token that is revoked, is only noticed at the next call: that has to be known
 * within five seconds.
 */
export const POLL_TIMING: PollTiming = { holdSeconds: 2, quietMs: QUIET_MS, patienceMs: 6_000, restMs: 500 };

/**
 * Fetches updates until a call fails or `signal` is aborted; throws what the call threw, or the signal's reason. `deliver` is awaited for one
 * update after the other, and only then Telegram is told, with the next call, that they have arrived: what was not delivered comes again.
 */
export async function pollUpdates(
  api: BotApi,
  timing: PollTiming,
  host: Pick<ChannelHost, 'changed'>,
  deliver: (update: Update) => Promise<void>,
  backoff: Backoff,
  signal: AbortSignal,
): Promise<never> {
  /** Left out when there is nothing to confirm: after a quiet week numbers begin anew, maybe below the last. */
  let offset: number | undefined;
  for (let round = 0; ; round++) {
    // The first call only finds out whether there is a connection.
    const hold = round === 0 ? 0 : timing.holdSeconds;
    const began = performance.now();
    const call = api.call<unknown>(
      'getUpdates',
      { timeout: hold, allowed_updates: ALLOWED_UPDATES, ...(offset !== undefined && { offset }) },
      signal,
      hold * 1_000 + timing.patienceMs,
    );
    const updates = await tellOfSilence(call, hold * 1_000 + timing.quietMs, host, () => ({ status: 'connected' }));
    if (!Array.isArray(updates)) throw new ChannelUnavailable('Telegram answered getUpdates with no list of updates');
    if (round === 0) host.changed({ status: 'connected' });
    // A poller beside this one shows itself only when a call is held: until then the pauses go on growing.
    else backoff.reset();
    offset = undefined;
    for (const update of updates as Update[]) {
      await deliver(update);
      offset = Math.max(offset ?? 0, update.update_id + 1);
    }
    const held = performance.now() - began;
    // Something between here and Telegram answers at once: not to be asked without end.
    if (hold > 0 && updates.length === 0 && held < timing.restMs) await new Backoff(timing.restMs).pause(signal);
    signal.throwIfAborted();
  }
}
