import type { ApiToken } from './api-token.js';

/** Keeps the API tokens that `openclaw token create` makes. Hashes only. */
export abstract class TokenStore {
  /** Throws `Conflict` when a live token has that name already. */
  abstract insert(token: ApiToken): Promise<void>;
  /** The token with this SHA-256 hash, spent or not. */
  abstract findByHash(hash: string): Promise<ApiToken | undefined>;
  /** Newest first, spent ones included. */
  abstract list(): Promise<ApiToken[]>;
  /** Revokes the token with this hash, if it is not revoked yet. */
  abstract revoke(hash: string, at: Date): Promise<void>;
}
