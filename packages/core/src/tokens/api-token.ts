import { createHash } from 'node:crypto';
import { randomChars } from '../shared/ids.js';
import type { Scope } from './principal.js';

/** A token made by `openclaw token create`: the secret itself is shown once and never kept. */
export interface ApiToken {
  name: string;
  /** SHA-256 of the secret, hex. */
  hash: string;
  /** The secret's first characters, by which people tell tokens apart. */
  prefix: string;
  scopes: Scope[];
  tenant: string;
  rateLimit?: number;
  createdAt: Date;
  expiresAt?: Date;
  revokedAt?: Date;
}

const SECRET_PREFIX = 'oc_tok_';
const SHOWN_CHARS = SECRET_PREFIX.length + 6;

/** A new secret of 200 random bits. */
export function newTokenSecret(): string {
  return SECRET_PREFIX + randomChars(40);
}

export function hashToken(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function tokenPrefix(secret: string): string {
  return secret.slice(0, SHOWN_CHARS);
}

/** True when the token opens nothing any more at `now`. */
export function isSpent(token: Pick<ApiToken, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return token.revokedAt !== undefined || (token.expiresAt !== undefined && token.expiresAt <= now);
}
