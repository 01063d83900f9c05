import type { ClientBase } from 'pg';
import type { BackupSequence } from './manifest.js';

export interface CatalogueTable {
  name: string;
  columns: string[];
  /** As the server estimates. */
  rows: number;
}

/** Written by the migrations as they are run, never loaded. */
const MIGRATIONS = 'schema_migrations';

/**
 * The tables of the schema, whichever there are. Not those that are unlogged: what a crash of the server may take need not be in a backup. Not
 * an extension's, nor columns of its types: what is in them was made of others, and is made again where the extension is.
 */
const TABLES = `
  select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns, greatest(max(c.reltuples), 0)::float8 as rows
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
    and c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p' and c.relname <> '${MIGRATIONS}'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    and not exists (
      select from pg_type t join pg_depend d on d.classid = 'pg_type'::regclass and d.objid in (t.oid, t.typelem) and d.deptype = 'e'
      where t.oid = a.atttypid)
  group by c.oid, c.relname order by c.relname`;

/** But the one that numbers the migrations. */
const SEQUENCES = `
  select c.relname::text as name from pg_class c
  where c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and c.relkind = 'S' and c.relpersistence = 'p'
    and not exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
        and (d.deptype = 'e' or d.refobjid = to_regclass('${MIGRATIONS}')))
  order by c.relname`;

export async function tablesOf(client: ClientBase): Promise<CatalogueTable[]> {
  return (await client.query<CatalogueTable>(TABLES)).rows;
}

/** To be asked after the rows' snapshot was taken: then no row of it has a number that is still to come. */
export async function sequencesOf(client: ClientBase): Promise<BackupSequence[]> {
  const sequences: BackupSequence[] = [];
  for (const { name } of (await client.query<{ name: string }>(SEQUENCES)).rows) {
    const { rows } = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${client.escapeIdentifier(name)}`,
    );
    const [row] = rows;
    if (row) sequences.push({ name, ...row });
  }
  return sequences;
}

/** The migrations that have made the schema what it is, in order; undefined where no gateway has been. */
export async function appliedMigrations(client: ClientBase): Promise<string[] | undefined> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('${MIGRATIONS}') is not null as there`);
  if (!rows[0]?.there) return undefined;
  const applied = await client.query<{ name: string }>(`select name from ${MIGRATIONS} order by "timestamp"`);
  return applied.rows.map(({ name }) => name);
}
