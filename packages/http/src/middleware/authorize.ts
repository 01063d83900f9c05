import { Forbidden, type Principal, type Scope, Unauthorized, Unavailable, requireScope } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import { guesserOf } from './client-address.js';
import { countCall } from './count-call.js';

/** What deciding about a caller takes. */
export type Access = Pick<HttpDeps, 'authenticate' | 'attempts' | 'limiter'>;

/**
 * Finds out who calls, counts the call against their limits, and whether any one of `scopes` is theirs. Throws `Unauthorized`, `RateLimited`
 * or `Forbidden`.
 */
export async function authorize(
  call: ApiCall,
  access: Access,
  scopes: readonly Scope[],
  counted: boolean,
): Promise<void> {
  const known = identify(bearer(call.req.headers.authorization), () => guesserOf(call.req, call.address), access);
  const principal = known instanceof Promise ? await known : known;
  call.principal = principal;
  const counting = countCall(call, principal, access.limiter, counted);
  if (counting) await counting;
  const [only, ...others] = scopes;
  if (only === undefined) return;
  if (others.length === 0) return requireScope(principal, only);
  if (principal.scopes.includes('admin') || scopes.some((scope) => principal.scopes.includes(scope))) return;
  const wanted = scopes.map((scope) => `"${scope}"`).join(' or ');
  throw new Forbidden(
    `This needs a token with scope ${wanted}; "${principal.name}" has: ${principal.scopes.join(', ') || 'none'}`,
    {
      details: { required_scope: only, scopes: principal.scopes },
    },
  );
}

/**
 * For an answer that anybody gets who asks: who is known is counted and told where they stand, as ever; who is not gets the answer all the
 * same. Throws `RateLimited`, for wrong secrets too: else this would be the place to guess at them.
 */
export async function recognize(call: ApiCall, access: Access): Promise<void> {
  try {
    await authorize(call, access, [], true);
  } catch (error) {
    if (!(error instanceof Unauthorized || error instanceof Unavailable)) throw error;
  }
}

/**
 * Who the secret belongs to, at once where that can be told at once. A wrong one counts against the guesser (see `guesserOf`), a missing one
 * does not: that is no guess. Rejects with `Unauthorized`, or `RateLimited` where there were too many wrong ones.
 */
export function identify(
  secret: string | undefined,
  guesser: () => string,
  { authenticate, attempts }: Pick<Access, 'authenticate' | 'attempts'>,
): Principal | Promise<Principal> {
  const known = authenticate.execute(secret);
  if (!(known instanceof Promise)) return known;
  return known.catch(async (error: unknown) => {
    if (secret && error instanceof Unauthorized) await attempts.count(guesser());
    throw error;
  });
}

/** The secret of an `Authorization: Bearer` header. Node reads headers as Latin-1; a password may be UTF-8. */
export function bearer(header: string | undefined): string | undefined {
  if (header === undefined || !/^bearer /i.test(header)) return undefined;
  const secret = header.slice('bearer '.length).trim();
  return /[\x80-\xff]/.test(secret) ? Buffer.from(secret, 'latin1').toString('utf8') : secret;
}
