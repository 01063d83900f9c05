import type { ClientBase } from 'pg';
import { migrations } from '../migrations/index.js';

/** As TypeORM makes it. */
const TABLE = `create table if not exists schema_migrations (
  id serial primary key, "timestamp" bigint not null, name character varying not null)`;

/** TypeORM, too, takes the last 13 digits of a migration's name for its time. */
const TIMESTAMP_DIGITS = 13;

const KNOWN = migrations.map((Migration) => new Migration());

/** Every migration of this gateway, in order. */
export function knownMigrations(): string[] {
  return KNOWN.map(({ name }) => name);
}

/**
 * Runs those of our migrations that `wanted` picks, in order, and notes them where TypeORM looks: within the caller's transaction, which TypeORM's
 * own executor would not do. Gives their names.
 */
export async function applyMigrations(client: ClientBase, wanted: (name: string) => boolean): Promise<string[]> {
  await client.query(TABLE);
  const picked = KNOWN.filter(({ name }) => wanted(name));
  for (const { name, sql } of picked) {
    await client.query(sql);
    await client.query('insert into schema_migrations ("timestamp", name) values ($1, $2)', [
      name.slice(-TIMESTAMP_DIGITS),
      name,
    ]);
  }
  return picked.map(({ name }) => name);
}
