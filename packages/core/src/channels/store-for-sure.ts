import { Unavailable } from '../shared/errors.js';
import type { LogFields, Logger } from '../shared/logger.js';
import { Backoff } from './backoff.js';

/** How often something that the host breaks on is shown to it before the next ones get their turn. */
const ATTEMPTS = 8;

/**
 * For a channel that listens: calls `store` (mostly `ChannelHost.accept`) until it resolves. `Unavailable` is
 * waited out, for as long as it takes; after another error, which will not pass, it gives up at some time and says so in the log: one message
 * must not stop a channel. Throws the signal's reason as soon as it is aborted.
 *
 * @param about the message, for the log
 */
export async function storeForSure(
  store: () => Promise<void>,
  logger: Logger,
  about: LogFields,
  signal: AbortSignal,
  firstPauseMs = 500,
): Promise<void> {
  const backoff = new Backoff(firstPauseMs, 15_000);
  for (let attempt = 1; ; attempt++) {
    try {
      return await unlessAborted(store, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Unavailable) && attempt >= ATTEMPTS) {
        logger.error('a message was left out: it can not be stored', { ...about, error });
        return;
      }
      logger.warn('a message could not be stored yet', { ...about, error });
      await backoff.pause(signal);
    }
  }
}

/** Rejects with the signal's reason as soon as it is aborted, whatever becomes of the work. */
async function unlessAborted<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
