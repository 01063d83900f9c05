import type { OpenAiErrorBody } from '@openclaw/contracts';
import { UpstreamFailed } from '@openclaw/core';
import { type ErrorAnswer, errorAnswer } from '../errors/error-answer.js';

/** `type` and `code` by the gateway's own code, as OpenAI calls them; its clients tell by the status which exception to raise. */
const WORDS: Record<string, [type: string, code: string | null]> = {
  unauthorized: ['authentication_error', 'invalid_api_key'],
  forbidden: ['permission_error', 'insufficient_permissions'],
  method_not_allowed: ['invalid_request_error', 'method_not_supported'],
  payload_too_large: ['invalid_request_error', 'request_too_large'],
  rate_limited: ['rate_limit_error', 'rate_limit_exceeded'],
  timeout: ['timeout_error', 'timeout'],
  internal_error: ['server_error', 'internal_error'],
  upstream_error: ['api_error', 'upstream_error'],
  service_unavailable: ['server_error', 'service_unavailable'],
};

export interface OpenAiErrorAnswer extends Pick<ErrorAnswer, 'headers'> {
  status: number;
  body: OpenAiErrorBody;
}

/** Renders any failure as OpenAI does. */
export function openAiError(error: unknown, requestId: string): OpenAiErrorAnswer {
  const { headers, body } = errorAnswer(error, requestId, false);
  // What the provider says to a prompt that the caller made is the caller's to mend; at a 502 its client would try again for nothing.
  if (error instanceof UpstreamFailed && error.refusal) {
    const { message, param: named, code } = error.refusal;
    return { headers, status: 400, body: bodyOf(message, 'invalid_request_error', named, code) };
  }
  const [type, code] = WORDS[body.error] ?? [body.status < 500 ? 'invalid_request_error' : 'server_error', null];
  const {
    errors,
    param,
    code: own,
  } = body.details as { errors?: { field?: string }[]; param?: unknown; code?: unknown };
  const named = typeof param === 'string' ? param : (errors?.[0]?.field ?? null);
  return {
    headers,
    status: body.status,
    body: bodyOf(body.message, type, named, typeof own === 'string' ? own : code),
  };
}

function bodyOf(message: string, type: string, param: string | null, code: string | null): OpenAiErrorBody {
  return { error: { message, type, param, code } };
}
