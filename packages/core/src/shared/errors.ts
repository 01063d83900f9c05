/** What went wrong, in the product's words. A protocol's renderer (REST, OpenAI, WebSocket) turns it into its own shape. */
export type ErrorCode =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'timeout'
  | 'conflict'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'skill_failed'
  | 'channel_rejected'
  | 'rate_limited'
  | 'internal_error'
  | 'upstream_error'
  | 'service_unavailable';

export interface DomainErrorOptions {
  cause?: unknown;
  /** Facts for the caller's program; nothing secret, nothing of another tenant. */
  details?: Record<string, unknown>;
}

/** The base of every error that a caller may see. The message is for people and says what to do next where it can. */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(message: string, options: DomainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.details = options.details ?? {};
  }
}

export interface FieldError {
  /** Path of the member, e.g. `metadata.user_id`. */
  field: string;
  /** What it got and what it wants. */
  message: string;
}

/** The request is not one the product understands. Nothing was changed. */
export class InvalidInput extends DomainError {
  readonly code = 'bad_request';

  static field(field: string, message: string): InvalidInput {
    return InvalidInput.fields([{ field, message }]);
  }

  static fields(errors: FieldError[]): InvalidInput {
    return new InvalidInput(errors.map((error) => error.message).join('; '), { details: { errors } });
  }
}

export class UnknownModel extends DomainError {
  readonly code = 'bad_request';

  constructor(model: string, available: string[]) {
    super(`Unknown model "${model}". Available: ${available.join(', ')}`, {
      details: { errors: [{ field: 'model', message: `unknown model "${model}"` }], available },
    });
  }
}

export class Unauthorized extends DomainError {
  readonly code = 'unauthorized';

  constructor(message = 'Missing or invalid authentication token') {
    super(message);
  }
}

export class Forbidden extends DomainError {
  readonly code = 'forbidden';
}

export class NotFound extends DomainError {
  readonly code = 'not_found';
}

export class MethodNotAllowed extends DomainError {
  readonly code = 'method_not_allowed';

  constructor(
    method: string,
    readonly allowed: string[],
  ) {
    super(`Method ${method} is not allowed here. Allowed: ${allowed.join(', ')}`, { details: { allowed } });
  }
}

/** The caller's own deadline passed. The turn goes on; `turnId` leads to it. */
export class TurnTimeout extends DomainError {
  readonly code = 'timeout';

  constructor(
    readonly turnId: string,
    readonly conversationId: string,
    timeoutMs: number,
  ) {
    super(`No answer within ${timeoutMs} ms. The turn goes on; poll for its result.`);
  }
}

/** The request itself did not arrive within its time limit. */
export class RequestTimeout extends DomainError {
  readonly code = 'timeout';
}

export class Conflict extends DomainError {
  readonly code = 'conflict';
}

export class PayloadTooLarge extends DomainError {
  readonly code = 'payload_too_large';
}

export class UnsupportedMediaType extends DomainError {
  readonly code = 'unsupported_media_type';
}

/** The address asked for is longer than anything we have. */
export class AddressTooLong extends DomainError {
  readonly code = 'payload_too_large';
}

/** The caller has made all the calls it may make within the window; nothing was done. */
export class RateLimited extends DomainError {
  readonly code = 'rate_limited';
  /** In ms since 1970. */
  readonly resetAt: number;
  readonly limit: number;
  /** At least 1. */
  readonly retryAfterSeconds: number;

  constructor(state: { limit: number; resetAt: number }, what = 'Rate limit exceeded') {
    const seconds = Math.max(1, Math.ceil((state.resetAt - Date.now()) / 1_000));
    super(`${what}. Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`, {
      details: { limit: state.limit, remaining: 0, reset_at: new Date(state.resetAt).toISOString() },
    });
    this.limit = state.limit;
    this.resetAt = state.resetAt;
    this.retryAfterSeconds = seconds;
  }
}

/** What a provider says to a request that it will never take, in its own words without anything secret. */
export interface Refusal {
  message: string;
  /** The request's member that is wrong, as the provider calls it. */
  param: string | null;
  code: string | null;
}

/** The model provider refused or broke, after retries and fallbacks. */
export class UpstreamFailed extends DomainError {
  readonly code = 'upstream_error';
  /** Set where everybody who was asked refused the request for what is in it: trying it again is of no use. */
  readonly refusal: Refusal | undefined;

  constructor(message: string, options: DomainErrorOptions & { refusal?: Refusal | undefined } = {}) {
    super(message, options);
    this.refusal = options.refusal;
  }
}

/** The skill refused this very request or broke, or its package can't be used; the message has its own words where it has any. */
export class SkillFailed extends DomainError {
  readonly code = 'skill_failed';
}

/** The gateway can't serve this now and may soon: draining, or the database is away. */
export class Unavailable extends DomainError {
  readonly code = 'service_unavailable';

  constructor(message: string, options: DomainErrorOptions & { retryAfterSeconds?: number } = {}) {
    super(message, options);
    this.retryAfterSeconds = options.retryAfterSeconds ?? 2;
  }

  readonly retryAfterSeconds: number;
}

/** Keeps a failure as data: for a stored turn that is asked about later. */
export interface FailureRecord {
  code: ErrorCode;
  message: string;
}

/** Of a turn that was cancelled before it said anything. */
export const CANCELLED: FailureRecord = {
  code: 'conflict',
  message: 'The turn was cancelled before its answer began',
};

/** A failure that was kept, told again. */
export class RecordedFailure extends DomainError {
  readonly code: ErrorCode;

  constructor({ code, message }: FailureRecord, options: DomainErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** What a caller may know of any failure: a domain error's own words, or nothing but that it was ours. */
export function toFailureRecord(error: unknown): FailureRecord {
  if (error instanceof DomainError) return { code: error.code, message: error.message };
  return { code: 'internal_error', message: 'Internal error' };
}
