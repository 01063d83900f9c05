import { randomBytes } from 'node:crypto';
import type { ClientBase } from 'pg';
import { applyMigrations } from './apply-migrations.js';
import { BackupProblem } from './backup-problem.js';
import { tablesOf } from './catalogue.js';

/** Rows that a gateway makes by being started: nobody's data. */
const OWN = new Set(['webhook_cursor', 'replicas']);

const TABLE_NAMES = `select c.relname::text as name from pg_class c
  where c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and c.relkind in ('r', 'p') and not c.relispartition`;

const FUNCTION_NAMES = `select format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) as name from pg_proc p
  where p.pronamespace = (select oid from pg_namespace where nspname = current_schema())`;

const DEPENDENT_OBJECTS = '2BP01';

/** How many rows each table has that has any: what a restore would replace. */
export async function dataIn(client: ClientBase): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name } of await tablesOf(client)) {
    if (OWN.has(name)) continue;
    const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${client.escapeIdentifier(name)}`);
    const count = Number(rows[0]?.n);
    if (count > 0) counts[name] = count;
  }
  return counts;
}

/**
 * Takes the gateway's tables and functions out of the schema, and nothing else that is in it. What is the gateway's is found by
 * making it once more, elsewhere, by the migrations that have been `applied`.
 */
export async function dropSchema(client: ClientBase, applied: string[]): Promise<void> {
  const scratch = `openclaw_scratch_${randomBytes(4).toString('hex')}`;
  const { rows } = await client.query<{ path: string }>("select current_setting('search_path') as path");
  await client.query(`create schema ${scratch}`);
  await client.query("select set_config('search_path', $1, true)", [scratch]);
  await applyMigrations(client, (name) => applied.includes(name));
  const tables = await namesOf(client, TABLE_NAMES);
  const functions = await namesOf(client, FUNCTION_NAMES);
  await client.query(`drop schema ${scratch} cascade`);
  await client.query("select set_config('search_path', $1, true)", [rows[0]?.path]);
  try {
    // With them go their triggers.
    await client.query(`drop function if exists ${functions.join(', ')} cascade`);
    await client.query(`drop table if exists ${tables.map((name) => client.escapeIdentifier(name)).join(', ')}`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === DEPENDENT_OBJECTS)) throw error;
    throw new BackupProblem(
      `Something that is not the gateway's depends on its tables, so they cannot be replaced: ${error.message}. Take that away first, or restore into another database.`,
      { cause: error },
    );
  }
}

async function namesOf(client: ClientBase, statement: string): Promise<string[]> {
  return (await client.query<{ name: string }>(statement)).rows.map(({ name }) => name);
}
