import { type JsonSchema, textSchema, wholeSchema } from './schema.js';

/** Every header of ours that an answer may bear. */
export const HEADERS = {
  'X-Request-Id': {
    description: 'Names the call in the gateway’s log; the caller’s own id, if it sent one.',
    schema: textSchema(),
  },
  'X-RateLimit-Limit': {
    description: 'Calls within the window of the tightest limit. To callers with a token.',
    schema: wholeSchema(),
  },
  'X-RateLimit-Remaining': { description: 'What is left of it.', schema: wholeSchema() },
  'X-RateLimit-Reset': { description: 'When the window ends, in seconds since 1970.', schema: wholeSchema() },
  'X-OpenClaw-Ignored': {
    description: 'Members of the body that nobody knows, percent-encoded, with commas between them.',
    schema: textSchema(),
  },
  'X-OpenClaw-Message-Id': {
    description: 'Of a stream: the id of its answer, to ask for it, to go on with it or to cancel it.',
    schema: textSchema(),
  },
  'X-OpenClaw-Memory': {
    description:
      'Of a search, where `memory.embeddings` is set: it was by words alone, since the endpoint for embeddings did not answer in time.',
    schema: { const: 'lexical' },
  },
  'Idempotent-Replayed': {
    description: 'This is the answer to an earlier request with the same `Idempotency-Key`.',
    schema: { const: 'true' },
  },
  'Retry-After': { description: 'In seconds.', schema: wholeSchema() },
  'WWW-Authenticate': { description: 'What is wanted instead.', schema: { const: 'Bearer' } },
  Allow: { description: 'The methods that there are.', schema: textSchema() },
} satisfies Record<string, { description: string; schema: JsonSchema }>;

export type HeaderName = keyof typeof HEADERS;

const LIMITS: HeaderName[] = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

/** What says which headers an operation's answers bear. */
interface Asking {
  headers?: readonly { name: string }[];
  body?: object;
  errorSchema?: object;
}

/** Of an answer that is no error. */
export function answerHeaders(docs: Asking, open: boolean, streams: boolean): HeaderName[] {
  const ours = docs.errorSchema === undefined;
  const keyed = docs.headers?.some(({ name }) => name === 'Idempotency-Key') ?? false;
  return [
    'X-Request-Id',
    ...(open ? [] : LIMITS),
    ...(docs.body && ours ? (['X-OpenClaw-Ignored'] as const) : []),
    ...(streams && ours ? (['X-OpenClaw-Message-Id'] as const) : []),
    ...(keyed ? (['Idempotent-Replayed'] as const) : []),
  ];
}

/** What a turn may have come to that is asked for again under its key. */
const REPLAYED = [408, 409, 500, 502, 503];

/** Of an error; `own`: those of its status. */
export function errorHeaders(status: number, own: readonly HeaderName[] = []): HeaderName[] {
  const before: HeaderName[] = status === 401 ? [] : LIMITS;
  const more = [
    ...(status === 400 ? (['X-OpenClaw-Ignored'] as const) : []),
    ...(REPLAYED.includes(status) ? (['Idempotent-Replayed'] as const) : []),
  ];
  return ['X-Request-Id', ...before, ...more, ...own];
}

export function headerReferences(names: readonly HeaderName[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
