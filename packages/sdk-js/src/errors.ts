/** The base of every error that this library throws, a caller's own abort excepted. */
export class OpenClawError extends Error {
  /** The HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  /** The gateway's word for it (`rate_limited`, `not_found`, …), or `connection_failed`, `timeout`, `stream_interrupted`. */
  readonly code: string;

  constructor(message: string, code: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.status = options.status;
  }
}

/** The gateway could not be reached, or the connection broke. */
export class ConnectionError extends OpenClawError {
  constructor(message: string, cause: unknown) {
    super(message, 'connection_failed', { cause });
  }
}

/** Nothing came within the time allowed. */
export class TimeoutError extends OpenClawError {
  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs} ms`, 'timeout');
  }
}

/** A stream that had begun ended in an error event, or without its last event. */
export class StreamError extends OpenClawError {}

export interface ErrorAnswer {
  status: number;
  code: string;
  message: string;
  details: Record<string, unknown>;
  requestId: string | undefined;
  retryAfterMs: number | undefined;
}

/** The gateway answered with an error. */
export class ApiError extends OpenClawError {
  declare readonly status: number;
  /** Facts that go with the error: `errors`, `available`, `poll_url`, … */
  readonly details: Record<string, unknown>;
  /** Names the request in the gateway's logs. */
  readonly requestId: string | undefined;
  /** How long the gateway asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(answer: ErrorAnswer) {
    super(answer.message, answer.code, { status: answer.status });
    this.details = answer.details;
    this.requestId = answer.requestId;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

export class BadRequestError extends ApiError {}
export class AuthenticationError extends ApiError {}
export class PermissionError extends ApiError {}
export class NotFoundError extends ApiError {}
export class ConflictError extends ApiError {}
export class RateLimitError extends ApiError {}
/** Any status of 500 and above. */
export class ServerError extends ApiError {}

const BY_STATUS: Record<number, typeof ApiError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionError,
  404: NotFoundError,
  409: ConflictError,
  429: RateLimitError,
};

export function apiError(answer: ErrorAnswer): ApiError {
  const Kind = BY_STATUS[answer.status] ?? (answer.status >= 500 ? ServerError : ApiError);
  return new Kind(answer);
}
