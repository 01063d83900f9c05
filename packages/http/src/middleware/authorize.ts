import { Forbidden, type Scope, requireScope } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';

/** Finds out who calls, and whether any one of `scopes` is theirs. Throws `Unauthorized` or `Forbidden`. */
export async function authorize(
  call: ApiCall,
  authenticate: HttpDeps['authenticate'],
  scopes: readonly Scope[],
): Promise<void> {
  const principal = await authenticate.execute(bearer(call.req.headers.authorization));
  call.principal = principal;
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

/** The secret of an `Authorization: Bearer` header. Node reads headers as Latin-1; a password may be UTF-8. */
function bearer(header: string | undefined): string | undefined {
  if (header === undefined || !/^bearer /i.test(header)) return undefined;
  const secret = header.slice('bearer '.length).trim();
  return /[\x80-\xff]/.test(secret) ? Buffer.from(secret, 'latin1').toString('utf8') : secret;
}
