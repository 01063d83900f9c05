import {
  constSchema,
  enumSchema,
  looseSchema,
  objectSchema,
  optional,
  textSchema,
  wholeSchema,
} from './openapi/schema.js';

/** Every error on A, B and D; `success` on document D's own endpoints only. */
export interface ErrorBody {
  error: string;
  message: string;
  status: number;
  /** Seconds; with 429 only. */
  retryAfter?: number;
  details: Record<string, unknown>;
  success?: false;
}

/** See `ERRORS` for which of them comes with which status. */
export const ERROR_CODES = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'timeout',
  'conflict',
  'payload_too_large',
  'unsupported_media_type',
  'skill_failed',
  'channel_rejected',
  'rate_limited',
  'rate_limit_exceeded',
  'internal_error',
  'upstream_error',
  'service_unavailable',
] as const;

export const errorSchema = objectSchema<ErrorBody>(
  {
    error: enumSchema(...ERROR_CODES),
    message: textSchema({ description: 'For people.' }),
    status: wholeSchema({ minimum: 400, maximum: 599 }),
    retryAfter: optional(wholeSchema({ minimum: 1, description: 'Seconds; with 429 only.' })),
    details: looseSchema({ description: 'For programs; `errors[] {field, message}` where members broke their rules.' }),
    success: optional(constSchema(false)),
  },
  { title: 'Error' },
);

/** The end of a stream that failed. */
export const streamErrorSchema = objectSchema<{ type: 'error'; error: string; message: string }>({
  type: constSchema('error'),
  error: enumSchema(...ERROR_CODES),
  message: textSchema(),
});
