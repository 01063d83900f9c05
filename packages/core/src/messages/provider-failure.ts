import type { Refusal } from '../shared/errors.js';
import { ProviderError } from './agent-runner.js';
import type { ProviderReply } from './provider-transport.js';

/** In UTF-16 code units. */
const LONGEST_QUOTE = 300;
const LONGEST_NAME = 100;
/** Of a provider that would not take the request from anybody, now or later. */
const REFUSALS = [400, 413, 422];
/** Shorter "keys" are placeholders for servers that want none; cutting them out of a text would only garble it. */
const SHORTEST_SECRET = 4;

/** Words a provider's failures: what it said, short and without its key. One of these per configured provider. */
export class ProviderFailure {
  private readonly secret: string | undefined;

  /** `name`: what the configuration calls the provider. */
  constructor(
    private readonly name: string,
    secret?: string,
  ) {
    this.secret = secret !== undefined && secret.length >= SHORTEST_SECRET ? secret : undefined;
  }

  /** It answered with a status that is no success. */
  refused(reply: Pick<ProviderReply, 'status' | 'headers'>, body: string): ProviderError {
    const said = this.quote(body, header(reply, 'content-type'));
    const retryable = mayPass(reply);
    return new ProviderError(this.words(`answered ${reply.status}${said && `: ${said}`}`), {
      retryable,
      status: reply.status,
      ...(!retryable && REFUSALS.includes(reply.status) && { refusal: this.refusal(body, said) }),
      retryAfterMs: retryAfterMs(reply.headers),
    });
  }

  /** It could not be reached, broke off, or fell silent. */
  broke(error: unknown): ProviderError {
    return new ProviderError(this.words(howItBroke(error)), { retryable: true, cause: error });
  }

  /** The answer ended before it was whole. */
  cut(): ProviderError {
    return new ProviderError(this.words('broke off in the middle of the answer'), { retryable: true });
  }

  /** It said something that is no answer of its protocol. */
  senseless(what: string, cause?: unknown): ProviderError {
    return new ProviderError(this.words(what), { retryable: false, cause });
  }

  /** It reported an error in the middle of its answer; `body` is the error as JSON. */
  reported(body: string, retryable: boolean): ProviderError {
    const said = this.quote(body);
    const refused = !retryable && member(errorIn(body), 'type') === 'invalid_request_error';
    return new ProviderError(this.words(`reported an error: ${said}`), {
      retryable,
      ...(refused && { refusal: this.refusal(body, said) }),
    });
  }

  /** A short, one-line, harmless rendering of a body. */
  quote(body: string, contentType = ''): string {
    const page = contentType.includes('html') || /^\s*<(!doctype|html)/i.test(body);
    const text = page ? 'an HTML page' : (messageIn(body) ?? body);
    const clean = (this.secret === undefined ? text : text.replaceAll(this.secret, '***'))
      .replaceAll(/[\p{Cc}\s]+/gu, ' ')
      .trim();
    if (clean.length <= LONGEST_QUOTE) return clean;
    return `${clean.slice(0, LONGEST_QUOTE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
  }

  private refusal(body: string, said: string): Refusal {
    const error = errorIn(body);
    const name = (value: unknown) => {
      if (typeof value !== 'string') return null;
      return this.quote(value).slice(0, LONGEST_NAME).toWellFormed();
    };
    return {
      message: said || 'The model provider refused the request',
      param: name(member(error, 'param')),
      code: name(member(error, 'code')),
    };
  }

  private words(what: string): string {
    return `The model provider "${this.name}" ${what}`;
  }
}

/**
 * How long a provider asks to wait, from `retry-after-ms` or `Retry-After` (seconds or a date).
 * Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(headers: ProviderReply['headers'], now = Date.now()): number | undefined {
  const exact = Number.parseFloat(first(headers['retry-after-ms']) ?? '');
  if (exact >= 0) return exact;
  const asked = first(headers['retry-after']);
  if (asked === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(asked)) return Number(asked) * 1000;
  const date = Date.parse(asked);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export function header(reply: Pick<ProviderReply, 'headers'>, name: string): string {
  return first(reply.headers[name]) ?? '';
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Whether a refusal may turn into an answer a moment later. OpenAI and Anthropic say so themselves in `x-should-retry`. */
function mayPass(reply: Pick<ProviderReply, 'status' | 'headers'>): boolean {
  const told = header(reply, 'x-should-retry');
  if (told === 'true' || told === 'false') return told === 'true';
  return [408, 409, 425, 429].includes(reply.status) || reply.status >= 500;
}

/** Where the usual servers put their words: `{error: {message}}`, `{error}`, `{message}`, `{detail}`. */
function messageIn(body: string): string | undefined {
  const inner = errorIn(body);
  const message = typeof inner === 'string' ? inner : (member(inner, 'message') ?? member(inner, 'detail'));
  if (message === undefined) return undefined;
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** The error that a body tells of, or all of it; undefined where it is no JSON. */
function errorIn(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return member(parsed, 'error') ?? parsed;
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name] ?? undefined;
}

const BREAKS: Record<string, string> = {
  ECONNREFUSED: 'could not be reached: connection refused',
  ENOTFOUND: 'could not be reached: its host name is unknown',
  EAI_AGAIN: 'could not be reached: its host name could not be looked up',
  EHOSTUNREACH: 'could not be reached: no route to its host',
  ENETUNREACH: 'could not be reached: no network',
  ETIMEDOUT: 'could not be reached in time',
  UND_ERR_CONNECT_TIMEOUT: 'could not be reached in time',
  UND_ERR_HEADERS_TIMEOUT: 'did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'fell silent in the middle of the answer',
  UND_ERR_HEADERS_OVERFLOW: 'answered with headers that are too long',
};

function howItBroke(error: unknown): string {
  const told = member(error, 'code');
  const code = typeof told === 'string' ? told : '';
  if (code.includes('CERT') || code.includes('SELF_SIGNED') || code.startsWith('ERR_TLS')) {
    return `could not be reached: its certificate was not accepted (${code})`;
  }
  if (code.startsWith('HPE_') || code === 'UND_ERR_HTTP_PARSER') return 'does not speak HTTP';
  return BREAKS[code] ?? `broke the connection${code && ` (${code})`}`;
}
