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

/**
 * A channel's error as one of ours: by its code, since a channel that is a package of its own may have its own copy of these classes, or
 * none. Undefined for what no channel should throw.
 */
export function channelError(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === 'channel_rejected') return new ChannelRejected(error.message, { cause: error });
  if (error.code !== 'service_unavailable') return undefined;
  const retryAfterMs =
    'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
  return new ChannelUnavailable(error.message, { cause: error, retryAfterMs });
}
