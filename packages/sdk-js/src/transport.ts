import { Deadline } from './deadline.js';
import { apiError, ConnectionError, OpenClawError, RateLimitError, type ApiError } from './errors.js';
import { readEventStream, type StreamEvent } from './event-stream.js';
import { isRetryable, parseRetryAfter, pauseBefore, wait } from './retry.js';

export interface TransportOptions {
  baseUrl: string;
  token: string | undefined;
  /** Of one attempt: for the whole answer, or, in a stream, for what comes next. */
  timeoutMs: number;
  maxRetries: number;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Record<string, string | number | Date | undefined>;
  body?: object;
  headers?: Record<string, string>;
  /** Makes a POST one that can be repeated without harm. */
  idempotencyKey?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** A status that is no failure although it looks like one, if its body says so. */
  acceptStatus?: number;
}

/** One gateway, spoken to by fetch. */
export class Transport {
  constructor(private readonly options: TransportOptions) {}

  /** The answer's JSON. Throws `ApiError`, `ConnectionError`, `TimeoutError`, or the signal's reason. */
  async json<T>(call: Call): Promise<T> {
    return this.attempts(call, async (deadline) => {
      const response = await this.send(call, deadline, 'application/json');
      const text = await response.text();
      deadline.clear();
      return this.parse<T>(response, text);
    });
  }

  /** Each event of the answer. Only what fails before the stream has begun is tried again. */
  async *events(call: Call): AsyncGenerator<StreamEvent, void, undefined> {
    const { response, deadline } = await this.attempts(call, async (started) => ({
      response: await this.send(call, started, 'text/event-stream'),
      deadline: started,
    }));
    try {
      if (response.body) yield* readEventStream(pieces(response.body, deadline));
    } catch (error) {
      throw this.understood(error, deadline);
    } finally {
      deadline.clear();
    }
  }

  /** `attempt` clears its deadline when it goes well and is over. */
  private async attempts<T>(call: Call, attempt: (deadline: Deadline) => Promise<T>): Promise<T> {
    const repeatable = call.method === 'GET' || call.idempotencyKey !== undefined;
    for (let retry = 1; ; retry += 1) {
      const deadline = new Deadline(call.timeoutMs ?? this.options.timeoutMs, call.signal);
      let failure: unknown;
      try {
        return await attempt(deadline);
      } catch (error) {
        deadline.clear();
        failure = this.understood(error, deadline);
      }
      // What is refused for coming too often has not been looked at.
      const harmless = repeatable || failure instanceof RateLimitError;
      const pause = harmless && retry <= this.options.maxRetries ? pauseAfter(failure, retry) : undefined;
      if (pause === undefined) throw failure;
      await wait(pause, call.signal);
    }
  }

  private async send(call: Call, deadline: Deadline, accept: string): Promise<Response> {
    const { baseUrl, token } = this.options;
    const headers: Record<string, string> = { Accept: accept, ...call.headers };
    if (token !== undefined && token !== '') headers['Authorization'] = `Bearer ${token}`;
    if (call.idempotencyKey !== undefined) headers['Idempotency-Key'] = call.idempotencyKey;
    if (call.body) headers['Content-Type'] = 'application/json';
    const init: RequestInit = { method: call.method, headers, signal: deadline.signal };
    if (call.body) init.body = JSON.stringify(call.body);
    const response = await fetch(baseUrl + call.path + queryOf(call.query), init);
    if (response.ok) return response;
    const text = await response.text();
    if (response.status === call.acceptStatus && isReport(text))
      return new Response(text, { headers: response.headers });
    throw errorOf(response, text);
  }

  private parse<T>(response: Response, text: string): T {
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      const type = response.headers.get('content-type') ?? 'nothing';
      throw new OpenClawError(
        `${this.options.baseUrl} answered with ${type} instead of JSON; is it an OpenClaw Gateway?`,
        'not_a_gateway',
        {
          status: response.status,
          cause: error,
        },
      );
    }
  }

  private understood(error: unknown, deadline: Deadline): unknown {
    if (deadline.signal.aborted) return deadline.signal.reason;
    if (error instanceof OpenClawError) return error;
    return new ConnectionError(`Cannot reach ${this.options.baseUrl}: ${reasonOf(error)}`, error);
  }
}

function pauseAfter(failure: unknown, retry: number): number | undefined {
  if (failure instanceof ConnectionError) return pauseBefore(retry, undefined);
  if (!(failure instanceof OpenClawError) || failure.status === undefined || !isRetryable(failure.status))
    return undefined;
  return pauseBefore(retry, (failure as Partial<ApiError>).retryAfterMs);
}

/** Everything that arrives, telling the deadline of it; gives up the rest when the reader stops early. */
async function* pieces(body: ReadableStream<Uint8Array>, deadline: Deadline): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      deadline.extend();
      yield value;
    }
  } finally {
    // After a failure there is nothing left to cancel, and the failure is what the caller has to hear of.
    await reader.cancel().catch(() => undefined);
  }
}

function queryOf(query: Call['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  return search.size > 0 ? `?${search.toString()}` : '';
}

function isReport(text: string): boolean {
  const status = members(text)['status'];
  return typeof status === 'string';
}

function errorOf(response: Response, text: string): ApiError {
  const { error, message, details, retryAfter } = members(text);
  const header = parseRetryAfter(response.headers.get('retry-after'));
  return apiError({
    status: response.status,
    code: typeof error === 'string' ? error : `http_${response.status}`,
    message: typeof message === 'string' ? message : `The gateway answered with status ${response.status}`,
    details: typeof details === 'object' && details !== null ? { ...details } : {},
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: header ?? (typeof retryAfter === 'number' ? retryAfter * 1_000 : undefined),
  });
}

/** The members of a JSON object; none where the text is something else, such as a proxy's own error page. */
function members(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** fetch says "fetch failed" and keeps what happened for the cause. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { message, code } = cause as { message?: unknown; code?: unknown };
  return String(message || code || cause);
}
