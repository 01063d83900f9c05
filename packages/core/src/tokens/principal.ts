import { Forbidden } from '../shared/errors.js';

export const SCOPES = ['chat', 'send', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const DEFAULT_TENANT = 'default';

/** Who calls, as authentication found it. Everything a request reads or writes belongs to `tenant`. */
export interface Principal {
  /** For people and logs; never the secret. */
  name: string;
  kind: 'operator' | 'config-token' | 'api-token' | 'anonymous';
  tenant: string;
  scopes: readonly Scope[];
  /** Requests per minute, where the token has a limit of its own. */
  rateLimit?: number;
}

/** Throws `Forbidden`, naming the missing scope, unless the principal has it (or `admin`, which opens everything). */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.includes(scope) || principal.scopes.includes('admin')) return;
  throw new Forbidden(
    `This needs a token with scope "${scope}"; "${principal.name}" has: ${principal.scopes.join(', ') || 'none'}`,
    {
      details: { required_scope: scope, scopes: principal.scopes },
    },
  );
}
