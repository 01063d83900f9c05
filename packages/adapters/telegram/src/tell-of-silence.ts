import type { ChannelHost, ChannelState } from '@openclaw/core';

/** A call that is not answered within this is told of, in ms; it is still waited for, since an answer may only be late. */
export const QUIET_MS = 2_500;

/** Waits for a call; has the channel be disconnected while its answer is overdue, and then what `otherwise` says again. */
export async function tellOfSilence<Result>(
  call: Promise<Result>,
  quietMs: number,
  host: Pick<ChannelHost, 'changed'>,
  otherwise: () => ChannelState,
): Promise<Result> {
  let overdue = false;
  const timer = setTimeout(() => {
    overdue = true;
    host.changed({ status: 'disconnected', error: 'Telegram does not answer' });
  }, quietMs);
  try {
    const result = await call;
    if (overdue) host.changed(otherwise());
    return result;
  } finally {
    clearTimeout(timer);
  }
}
