import { EntitySchema } from 'typeorm';

export interface ApiTokenRow {
  hash: string;
  name: string;
  prefix: string;
  scopes: string[];
  tenant: string;
  rate_limit: number | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

export const ApiTokenEntity = new EntitySchema<ApiTokenRow>({
  name: 'ApiToken',
  tableName: 'api_tokens',
  columns: {
    hash: { type: 'text', primary: true },
    name: { type: 'text' },
    prefix: { type: 'text' },
    scopes: { type: 'text', array: true },
    tenant: { type: 'text' },
    rate_limit: { type: 'integer', nullable: true },
    created_at: { type: 'timestamptz' },
    expires_at: { type: 'timestamptz', nullable: true },
    revoked_at: { type: 'timestamptz', nullable: true },
  },
});

export interface SettingsRow {
  singleton: boolean;
  version: number;
  stored: Record<string, unknown>;
}

export const SettingsEntity = new EntitySchema<SettingsRow>({
  name: 'Settings',
  tableName: 'settings',
  columns: {
    singleton: { type: 'boolean', primary: true },
    version: { type: 'integer' },
    stored: { type: 'jsonb' },
  },
});

/** What is read and written through TypeORM; the turn's tables are only ever touched by plain SQL. */
export const entities = [ApiTokenEntity, SettingsEntity];
