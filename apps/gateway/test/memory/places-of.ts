import type pg from 'pg';

/** Every table in which one of the words stands, in whatever column and spelling. */
export async function placesOf(database: pg.Client, ...words: string[]): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const places: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await database.query<{ row: string }>(`select t::text as row from ${name} t`);
    const hex = (word: string) => Buffer.from(word).toString('hex');
    if (rows.some(({ row }) => words.some((word) => row.includes(word) || row.includes(hex(word))))) places.push(name);
  }
  return places;
}
