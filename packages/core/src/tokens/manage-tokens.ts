import { Conflict, InvalidInput, NotFound } from '../shared/errors.js';
import type { Clock } from '../shared/clock.js';
import { type ApiToken, hashToken, newTokenSecret, tokenPrefix } from './api-token.js';
import { DEFAULT_TENANT, SCOPES, type Scope } from './principal.js';
import type { TokenStore } from './token-store.js';

export interface CreateToken {
  name: string;
  scopes: string[];
  tenant?: string;
  /** Requests per minute. */
  rateLimit?: number;
  expiresAt?: Date;
}

/** Makes, lists and revokes API tokens. */
export class ManageTokens {
  constructor(
    private readonly store: TokenStore,
    private readonly clock: Clock,
  ) {}

  /** The secret is in the result and nowhere else. Throws `InvalidInput` for an unknown scope, `Conflict` for a name in use. */
  async create(input: CreateToken): Promise<{ secret: string; token: ApiToken }> {
    const scopes = parseScopes(input.scopes);
    const now = this.clock.now();
    if (!/^[\p{L}\p{N}._ -]{1,100}$/u.test(input.name)) {
      throw InvalidInput.field('name', 'name must be 1 to 100 letters, digits, spaces, dots, dashes or underscores');
    }
    if (input.expiresAt && input.expiresAt <= now)
      throw InvalidInput.field('expires', 'expires must lie in the future');
    if (input.rateLimit !== undefined && !(Number.isInteger(input.rateLimit) && input.rateLimit > 0)) {
      throw InvalidInput.field('rate-limit', 'rate-limit must be a whole number of requests per minute above 0');
    }
    const secret = newTokenSecret();
    const token: ApiToken = {
      name: input.name,
      hash: hashToken(secret),
      prefix: tokenPrefix(secret),
      scopes,
      tenant: input.tenant ?? DEFAULT_TENANT,
      createdAt: now,
    };
    if (input.rateLimit !== undefined) token.rateLimit = input.rateLimit;
    if (input.expiresAt) token.expiresAt = input.expiresAt;
    await this.store.insert(token);
    return { secret, token };
  }

  list(): Promise<ApiToken[]> {
    return this.store.list();
  }

  /**
   * Revokes one live token, named by its secret, its name, or the beginning of its secret as `list` shows it.
   * Throws `NotFound`, or `Conflict` when more than one fits.
   */
  async revoke(selector: string): Promise<ApiToken> {
    const live = (await this.store.list()).filter((token) => !token.revokedAt);
    const hash = hashToken(selector);
    const exact = live.filter((token) => token.hash === hash || token.name === selector);
    const found = exact.length > 0 ? exact : live.filter((token) => fitsPrefix(token, selector));
    const [token] = found;
    if (!token)
      throw new NotFound(`No live token is "${selector}" by secret, name or prefix. See: openclaw token list`);
    if (found.length > 1)
      throw new Conflict(`"${selector}" fits ${found.length} tokens: ${found.map((t) => t.name).join(', ')}`);
    await this.store.revoke(token.hash, this.clock.now());
    return token;
  }
}

function fitsPrefix(token: ApiToken, selector: string): boolean {
  return selector.length > 'oc_tok_'.length && token.prefix.startsWith(selector);
}

function parseScopes(names: string[]): Scope[] {
  const scopes = names.map((name) => {
    const scope = SCOPES.find((known) => known === name);
    if (!scope) throw InvalidInput.field('scope', `scope "${name}" is unknown; known: ${SCOPES.join(', ')}`);
    return scope;
  });
  if (scopes.length === 0)
    throw InvalidInput.field('scope', `scope is missing; give one or more of: ${SCOPES.join(', ')}`);
  return [...new Set(scopes)];
}
