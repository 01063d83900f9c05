import { type Principal, RateLimited, type RateState } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';

/**
 * Counts an authenticated call, and tells the caller in headers where it stands. A call that does not count (`counted` false) is told the
 * same. Throws `RateLimited`, or rejects with it; most calls need not wait.
 */
export function countCall(
  call: ApiCall,
  principal: Principal,
  limiter: HttpDeps['limiter'],
  counted: boolean,
): Promise<void> | undefined {
  const refused = (error: unknown): never => {
    if (error instanceof RateLimited) tell(call, { limit: error.limit, remaining: 0, resetAt: error.resetAt });
    throw error;
  };
  try {
    const state = counted ? limiter.take(principal) : limiter.peek(principal);
    if (state instanceof Promise) return state.then((late) => tell(call, late), refused);
    tell(call, state);
    return undefined;
  } catch (error) {
    return refused(error);
  }
}

function tell(call: ApiCall, { limit, remaining, resetAt }: RateState): void {
  call.header('X-RateLimit-Limit', String(limit));
  call.header('X-RateLimit-Remaining', String(remaining));
  call.header('X-RateLimit-Reset', String(Math.ceil(resetAt / 1_000)));
}
