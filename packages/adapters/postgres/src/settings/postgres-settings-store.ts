import { Conflict, SettingsStore, type StoredValues } from '@openclaw/core';
import type { Database } from '../database.js';

/** Each tells the other replicas, once it is committed. */
const FIRST = `with saved as (
    insert into settings (version, stored) values ($1::integer + 1, $2::jsonb) on conflict (singleton) do nothing returning version)
  select version, pg_notify('openclaw_settings', '') from saved`;
const REPLACE = `with saved as (
    update settings set version = version + 1, stored = $2::jsonb where version = $1 returning version)
  select version, pg_notify('openclaw_settings', '') from saved`;

export class PostgresSettingsStore extends SettingsStore {
  constructor(private readonly database: Database) {
    super();
  }

  async load(): Promise<StoredValues> {
    const [row] = await this.database.query<{ version: number; stored: unknown }>(
      'select version, stored from settings',
    );
    return row ? { version: row.version, values: row.stored } : { version: 0, values: {} };
  }

  async save(expectedVersion: number, values: unknown): Promise<number> {
    const statement = expectedVersion === 0 ? FIRST : REPLACE;
    const [row] = await this.database.query<{ version: number }>(statement, [expectedVersion, JSON.stringify(values)]);
    if (!row) throw new Conflict('The settings were changed by somebody else meanwhile; try again');
    return row.version;
  }
}
