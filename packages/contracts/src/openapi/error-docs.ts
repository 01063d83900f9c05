import type { HeaderName } from './header-docs.js';

interface ErrorExample {
  message: string;
  details: Record<string, unknown>;
  retryAfter?: number;
}

/** What the API reference says of one status that is an error. */
export interface ErrorDoc {
  /** Of the component. */
  name: string;
  code: string;
  description: string;
  headers?: readonly HeaderName[];
  example: ErrorExample;
  /** By code, where the status has several. */
  also?: Record<string, ErrorExample>;
}

const RETRY = ['Retry-After'] as const;

/** Every error of dialects A, B and D, by status. */
export const ERRORS: Record<number, ErrorDoc> = {
  400: {
    name: 'BadRequest',
    code: 'bad_request',
    description: 'The request is not understood: malformed JSON, or members that break their rules (`details.errors`).',
    example: {
      message: 'message must be a non-empty string, got nothing',
      details: { errors: [{ field: 'message', message: 'message must be a non-empty string, got nothing' }] },
    },
  },
  401: {
    name: 'Unauthorized',
    code: 'unauthorized',
    description: 'The token is missing, wrong, expired or revoked.',
    headers: ['WWW-Authenticate'],
    example: { message: 'Missing or invalid authentication token', details: {} },
  },
  403: {
    name: 'Forbidden',
    code: 'forbidden',
    description: 'The token lacks the scope, or the address is not allowed to call.',
    example: {
      message: 'This needs a token with scope "admin"; "reader" has: read',
      details: { required_scope: 'admin', scopes: ['read'] },
    },
  },
  404: {
    name: 'NotFound',
    code: 'not_found',
    description: 'There is no such thing, or it is another tenant’s.',
    example: { message: 'There is no conversation "conv_none"', details: {} },
  },
  405: {
    name: 'MethodNotAllowed',
    code: 'method_not_allowed',
    description: 'The path is there, but not with this method.',
    headers: ['Allow'],
    example: {
      message: 'Method PATCH is not allowed here. Allowed: POST, OPTIONS',
      details: { allowed: ['POST', 'OPTIONS'] },
    },
  },
  408: {
    name: 'Timeout',
    code: 'timeout',
    description:
      'No answer within `timeout_ms`: the turn goes on, and `details.poll_url` leads to it. Or the request itself did not arrive in time.',
    example: {
      message: 'No answer within 50 ms. The turn goes on; poll for its result.',
      details: {
        poll_url: '/api/v1/message/msg_01k5xyn8r2e4s7v9b3c6d8f0gh/status',
        id: 'msg_01k5xyn8r2e4s7v9b3c6d8f0gh',
        conversation_id: 'conv_slow',
      },
    },
  },
  409: {
    name: 'Conflict',
    code: 'conflict',
    description: 'It contradicts what is there already, such as an Idempotency-Key that was used with another body.',
    example: {
      message: 'This Idempotency-Key has been used with another request; use a new key for a new request',
      details: {},
    },
  },
  413: {
    name: 'PayloadTooLarge',
    code: 'payload_too_large',
    description: 'The body is larger than `api.security.maxBodySize`.',
    example: { message: 'The body is larger than the 1048576 bytes allowed', details: { limit: 1_048_576 } },
  },
  414: {
    name: 'AddressTooLong',
    code: 'payload_too_large',
    description: 'The address, query included, is longer than 8192 characters.',
    example: { message: 'The address is longer than the 8192 characters allowed', details: {} },
  },
  415: {
    name: 'UnsupportedMediaType',
    code: 'unsupported_media_type',
    description: 'The body is not JSON in UTF-8.',
    example: { message: 'The body must be sent as Content-Type: application/json', details: {} },
  },
  422: {
    name: 'Refused',
    code: 'channel_rejected',
    description:
      'The chat platform refused this very message for good, or the skill refused this very request or broke, or its package can not be used. The message is in its own words.',
    example: {
      message: 'Bad Request: chat not found',
      details: { id: 'msg_01k9f0a1b2c3d4e5f6g7h8j9k0', channel: 'telegram', chatId: '123456' },
    },
    also: { skill_failed: { message: 'The city is unknown', details: {} } },
  },
  429: {
    name: 'RateLimited',
    code: 'rate_limited',
    description: 'Too many requests. `/chat` and `/send` say `rate_limit_exceeded`.',
    headers: RETRY,
    example: {
      message: 'Rate limit exceeded. Try again in 30 seconds.',
      retryAfter: 30,
      details: { limit: 60, remaining: 0, reset_at: '2026-11-20T12:00:30.000Z' },
    },
  },
  500: {
    name: 'InternalError',
    code: 'internal_error',
    description: 'The gateway is at fault; `details.request_id` leads to the line in its log.',
    example: { message: 'Internal error', details: { request_id: 'req_01k5xyn8r2e4s7v9b3c6d8f0gh' } },
  },
  502: {
    name: 'UpstreamError',
    code: 'upstream_error',
    description: 'The model provider failed, after retries and fallbacks.',
    example: { message: 'The model provider is overloaded', details: {} },
  },
  503: {
    name: 'Unavailable',
    code: 'service_unavailable',
    description:
      'Not now: shutting down, too much to do, the database is away, or what is asked for is not configured.',
    headers: RETRY,
    example: { message: 'The gateway is shutting down; try again in a moment', details: {} },
  },
};
