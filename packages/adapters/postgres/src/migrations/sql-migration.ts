import type { MigrationInterface, QueryRunner } from 'typeorm';

export interface SqlMigration extends MigrationInterface {
  readonly name: string;
  readonly sql: string;
}

/**
 * A migration made of plain SQL. `timestamp` (ms since 1970) orders it; TypeORM wants it at the end of the class's name.
 * There is no way down: a gateway is rolled back by restoring a backup, never by dropping customers' columns.
 */
export function sqlMigration(timestamp: number, name: string, sql: string): new () => SqlMigration {
  return class {
    readonly name = `${name}${timestamp}`;
    readonly sql = sql;

    async up(runner: QueryRunner): Promise<void> {
      // What is changed here is changed in whole tables.
      await runner.query('set local enable_seqscan = on');
      await runner.query(sql);
    }

    async down(): Promise<void> {
      throw new Error('Migrations only go up; restore a backup instead.');
    }
  };
}
