import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from '../tracing/span.js';

interface RequestContext {
  /** What every line of the log tells of the request in whose name something is done. */
  requestId: string;
  /** What is going on in it. */
  span: Span<never> | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and all that it sets off, in the name of a request. */
export function withRequestId<T>(requestId: string, work: () => T, span?: Span<never>): T {
  return storage.run({ requestId, span }, work);
}

/** The id of the request in whose name this runs, if any. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}

/** What everything that begins now is a part of, if anybody follows it. */
export function currentSpan(): Span<never> | undefined {
  return storage.getStore()?.span;
}

/**
 * From now on, everything that begins in the name of this request is a part of `span`; to be called back when that is over. A generator
 * can't run its consumer's steps within a context of its own, so the request's is changed.
 */
export function enterSpan(span: Span<never>): () => void {
  const context = storage.getStore();
  if (!context) return () => undefined;
  const before = context.span;
  context.span = span;
  return () => {
    if (context.span === span) context.span = before;
  };
}
