import { DomainError, type Span, type TraceContext, TurnAborted } from '@openclaw/core';
import { type Attributes, type Context, type Span as ApiSpan, SpanStatusCode, trace } from '@opentelemetry/api';

export type Facts = Record<string, string | number | boolean | string[] | undefined>;

/** How the end of something is told: its attributes, perhaps a better name, and what went wrong. */
export interface Ending {
  facts?: Facts;
  name?: string;
  /** Undefined where it went well. */
  errorType?: string | undefined;
}

/** One span. `told` puts an outcome into the words of OpenTelemetry's conventions. */
export class OtelSpan<Outcome> implements Span<Outcome> {
  readonly inner: Context;
  private over = false;

  constructor(
    private readonly span: ApiSpan,
    parent: Context,
    private readonly told: (outcome: Outcome) => Ending,
  ) {
    this.inner = trace.setSpan(parent, span);
  }

  get context(): TraceContext {
    const { traceId, spanId, traceFlags, traceState } = this.span.spanContext();
    const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    const tracestate = traceState?.serialize();
    return tracestate ? { traceparent, tracestate } : { traceparent };
  }

  end(outcome: Outcome): void {
    if (this.over) return;
    this.over = true;
    if (this.span.isRecording()) {
      const { facts = {}, name, errorType } = this.told(outcome);
      if (name !== undefined) this.span.updateName(name);
      this.span.setAttributes(known({ ...facts, 'error.type': errorType }));
      if (errorType !== undefined) this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

export function known(facts: Facts): Attributes {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Attributes;
}

/** A failure's kind: our own code, or the name of its class. Never its words, which may quote what somebody said. */
export function errorTypeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (error instanceof TurnAborted) return error.why;
  if (error instanceof DomainError) return error.code;
  return error instanceof Error ? error.name : String(error);
}
