import type { ErrorBody } from '@openclaw/contracts';
import {
  DomainError,
  type ErrorCode,
  MethodNotAllowed,
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
  rate_limited: 429,
  internal_error: 500,
  upstream_error: 502,
  service_unavailable: 503,
};

export interface ErrorAnswer {
  headers: Record<string, string>;
  body: ErrorBody;
}

/** Renders any failure for dialects A, B and D. What is not a domain error is told to nobody: only the request's id is. */
export function errorAnswer(error: unknown, requestId: string, envelope: boolean): ErrorAnswer {
  const { code, message } = toFailureRecord(error);
  const body: ErrorBody = { error: code, message, status: STATUS[code], details: detailsOf(error, requestId) };
  if (envelope) body.success = false;
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
  if (error instanceof Unavailable) return { 'Retry-After': String(error.retryAfterSeconds) };
  return {};
}
