import { type Principal, RateLimited, type RateState } from '@openclaw/core';
import type { ServerResponse } from 'node:http';
import type { HttpDeps } from '../http-deps.js';

/**
 * Counts an authenticated call, and tells the caller in headers where it stands. A call that does not count (`counted` false) is told the
 * same. Throws `RateLimited`.
 */
export async function countCall(
  res: ServerResponse,
  principal: Principal,
  limiter: HttpDeps['limiter'],
  counted: boolean,
): Promise<void> {
  try {
    const state = counted ? limiter.take(principal) : limiter.peek(principal);
    tell(res, state instanceof Promise ? await state : state);
  } catch (error) {
    if (error instanceof RateLimited) tell(res, { limit: error.limit, remaining: 0, resetAt: error.resetAt });
    throw error;
  }
}

function tell(res: ServerResponse, { limit, remaining, resetAt }: RateState): void {
  res.setHeader('X-RateLimit-Limit', limit);
  res.setHeader('X-RateLimit-Remaining', remaining);
  res.setHeader('X-RateLimit-Reset', Math.ceil(resetAt / 1_000));
}
