import type { ErrorBody } from '@openclaw/contracts';
import {
  AddressTooLong,
  DomainError,
  type ErrorCode,
  MethodNotAllowed,
  RateLimited,
  TurnTimeout,
  Unauthorized,
  Unavailable,
  toFailureRecord,
} from '@openclaw/core';

const STATUS: Record<ErrorCode, number> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  skill_failed: 422,
  channel_rejected: 422,
  rate_limited: 429,
  internal_error: 500,
  upstream_error: 502,
  service_unavailable: 503,
};

export interface ErrorAnswer {
  headers: Record<string, string>;
  body: ErrorBody;
}

/**
 * Renders any failure for dialects A, B and D. What is not a domain error is told to nobody: only the request's id is.
 *
 * @param envelope document D's own endpoint
 * @param article document A's own endpoint
 */
export function errorAnswer(error: unknown, requestId: string, envelope: boolean, article = false): ErrorAnswer {
  const { code, message } = toFailureRecord(error);
  const status = error instanceof AddressTooLong ? 414 : STATUS[code];
  const limited = error instanceof RateLimited;
  const body: ErrorBody = {
    error: limited && article ? 'rate_limit_exceeded' : code,
    message,
    status,
    ...(limited && { retryAfter: error.retryAfterSeconds }),
    details: detailsOf(error, requestId),
    ...(envelope && { success: false }),
  };
  return { headers: headersOf(error), body };
}

/** Where the state of a turn can be asked for. */
export function pollUrl(turnId: string): string {
  return `/api/v1/message/${encodeURIComponent(turnId)}/status`;
}

function detailsOf(error: unknown, requestId: string): Record<string, unknown> {
  if (error instanceof TurnTimeout) {
    return { poll_url: pollUrl(error.turnId), id: error.turnId, conversation_id: error.conversationId };
  }
  return error instanceof DomainError ? error.details : { request_id: requestId };
}

function headersOf(error: unknown): Record<string, string> {
  if (error instanceof Unauthorized) return { 'WWW-Authenticate': 'Bearer' };
  if (error instanceof MethodNotAllowed) return { Allow: error.allowed.join(', ') };
  if (error instanceof Unavailable || error instanceof RateLimited) {
    return { 'Retry-After': String(error.retryAfterSeconds) };
  }
  return {};
}
