import { type ApiToken, Conflict, type Scope, SCOPES, TokenStore } from '@openclaw/core';
import { IsNull } from 'typeorm';
import type { Database } from '../database.js';
import { ApiTokenEntity, type ApiTokenRow } from '../entities.js';
import { sqlState, translate } from '../errors.js';

const UNIQUE_VIOLATION = '23505';

export class PostgresTokenStore extends TokenStore {
  constructor(private readonly database: Database) {
    super();
  }

  async insert(token: ApiToken): Promise<void> {
    try {
      await this.rows.insert({
        hash: token.hash,
        name: token.name,
        prefix: token.prefix,
        scopes: token.scopes,
        tenant: token.tenant,
        rate_limit: token.rateLimit ?? null,
        created_at: token.createdAt,
        expires_at: token.expiresAt ?? null,
        revoked_at: token.revokedAt ?? null,
      });
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION)
        throw new Conflict(`A token named "${token.name}" exists already`, { cause: error });
      throw translate(error);
    }
  }

  async findByHash(hash: string): Promise<ApiToken | undefined> {
    const row = await this.rows.findOneBy({ hash }).catch(rethrow);
    return row ? toToken(row) : undefined;
  }

  async list(): Promise<ApiToken[]> {
    const rows = await this.rows.find({ order: { created_at: 'DESC', hash: 'ASC' } }).catch(rethrow);
    return rows.map(toToken);
  }

  async revoke(hash: string, at: Date): Promise<void> {
    await this.rows.update({ hash, revoked_at: IsNull() }, { revoked_at: at }).catch(rethrow);
  }

  private get rows() {
    return this.database.source.getRepository(ApiTokenEntity);
  }
}

function rethrow(error: unknown): never {
  throw translate(error);
}

function toToken(row: ApiTokenRow): ApiToken {
  return {
    name: row.name,
    hash: row.hash,
    prefix: row.prefix,
    scopes: row.scopes.filter((scope): scope is Scope => SCOPES.some((known) => known === scope)),
    tenant: row.tenant,
    createdAt: row.created_at,
    ...(row.rate_limit !== null && { rateLimit: row.rate_limit }),
    ...(row.expires_at && { expiresAt: row.expires_at }),
    ...(row.revoked_at && { revokedAt: row.revoked_at }),
  };
}
