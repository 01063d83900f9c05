import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { later } from './cleanup.js';

/**
 * A database of its own on the test run's PostgreSQL, dropped at the end of the test file: without rows, and with the tables of this
 * release. Returns its URL.
 */
export function freshDatabase(): Promise<string> {
  return databaseLike(process.env.TEST_DATABASE_TEMPLATE);
}

/** The same without any table, for a first start. */
export function emptyDatabase(): Promise<string> {
  return databaseLike();
}

async function databaseLike(template?: string): Promise<string> {
  const admin = process.env.TEST_DATABASE_URL;
  if (admin === undefined) throw new Error('TEST_DATABASE_URL is not set: the tests run through `npm test`');
  const url = await createDatabase(admin, template);
  later(() => dropDatabase(admin, url));
  return url;
}
