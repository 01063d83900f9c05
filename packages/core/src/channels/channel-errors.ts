import { DomainError, type DomainErrorOptions, Unavailable } from '../shared/errors.js';

/** The platform refused this very message for good: no such chat, blocked, not allowed. Its own words are in the message. */
export class ChannelRejected extends DomainError {
  readonly code = 'channel_rejected';
}

/** The platform did not take the message now and may later: away, limited, broken, or its answer never came. */
export class ChannelUnavailable extends Unavailable {
  /** How long the platform asked to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: DomainErrorOptions & { retryAfterMs?: number | undefined } = {}) {
    const { retryAfterMs } = options;
    super(message, {
      ...options,
      ...(retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) }),
    });
    this.retryAfterMs = retryAfterMs;
  }
}
