import type { ClientBase } from 'pg';

interface Part {
  table: string;
  name: string;
  /** Of the constraint that it serves, if it does. */
  constraint: string | null;
  definition: string;
}

/**
 * In the order in which they were made, foreign keys at the end. That order is kept: of plans that look equally cheap the planner takes the newest
 * index's, and the migrations count on it.
 */
const PARTS = `
  select t.relname::text as table, x.relname::text as name, k.conname::text as constraint,
    case when k.oid is null then pg_get_indexdef(x.oid) else pg_get_constraintdef(k.oid) end as definition
  from pg_index i join pg_class t on t.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
  left join pg_constraint k on k.conindid = x.oid and k.contype in ('p', 'u', 'x')
  where t.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and t.relname = any($1)
  order by x.oid`;

const FOREIGN_KEYS = `
  select t.relname::text as table, k.conname::text as name, k.conname::text as constraint, pg_get_constraintdef(k.oid) as definition
  from pg_constraint k join pg_class t on t.oid = k.conrelid
  where k.contype = 'f' and t.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and t.relname = any($1)
  order by k.oid`;

/**
 * Loads into tables without their indexes, keys and triggers, and puts these back: an index made of what is there in one go costs less
 * than one that grows, and what triggers would write is in the backup already.
 */
export async function withPartsSetAside(
  client: ClientBase,
  tables: string[],
  load: () => Promise<void>,
): Promise<void> {
  const quoted = (name: string) => client.escapeIdentifier(name);
  const indexes = (await client.query<Part>(PARTS, [tables])).rows;
  const foreignKeys = (await client.query<Part>(FOREIGN_KEYS, [tables])).rows;
  for (const table of tables) await client.query(`alter table ${quoted(table)} disable trigger user`);
  for (const { table, name, constraint } of [...foreignKeys, ...indexes]) {
    if (constraint === null) await client.query(`drop index ${quoted(name)}`);
    else await client.query(`alter table ${quoted(table)} drop constraint ${quoted(constraint)}`);
  }
  await load();
  for (const { table, constraint, definition } of [...indexes, ...foreignKeys]) {
    if (constraint === null) await client.query(definition);
    else await client.query(`alter table ${quoted(table)} add constraint ${quoted(constraint)} ${definition}`);
  }
  for (const table of tables) await client.query(`alter table ${quoted(table)} enable trigger user`);
}
