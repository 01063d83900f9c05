import { Conflict } from '../shared/errors.js';
import type { ApiToken } from './api-token.js';
import { TokenStore } from './token-store.js';

export class InMemoryTokenStore extends TokenStore {
  private readonly tokens = new Map<string, ApiToken>();

  async insert(token: ApiToken): Promise<void> {
    for (const other of this.tokens.values()) {
      if (other.name === token.name && !other.revokedAt)
        throw new Conflict(`A token named "${token.name}" exists already`);
    }
    this.tokens.set(token.hash, { ...token });
  }

  async findByHash(hash: string): Promise<ApiToken | undefined> {
    const token = this.tokens.get(hash);
    return token && { ...token };
  }

  async list(): Promise<ApiToken[]> {
    return [...this.tokens.values()]
      .map((token) => ({ ...token }))
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  async revoke(hash: string, at: Date): Promise<void> {
    const token = this.tokens.get(hash);
    if (token) token.revokedAt ??= at;
  }
}
