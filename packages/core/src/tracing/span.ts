/** Where something stands in a trace that goes through several systems, in W3C's words (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  traceparent: string;
  tracestate?: string;
}

/** Something that takes time; what happens meanwhile is part of it. */
export interface Span<Outcome> {
  /** For the systems that are called within it; undefined where there is nothing to tell them. */
  readonly context: TraceContext | undefined;
  /** Only the first call counts. */
  end(outcome: Outcome): void;
}

/** What went wrong, if anything did: an error's kind, never its words, which may quote anything. */
export interface SpanOutcome {
  error?: unknown;
}

/** The headers of a call of another system, with those that tell it of the trace, if there is one. */
export function withTrace(headers: Record<string, string>, context: TraceContext | undefined): Record<string, string> {
  return context ? { ...headers, ...context } : headers;
}
