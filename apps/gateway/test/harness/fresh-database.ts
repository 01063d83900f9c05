import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { later } from './cleanup.js';

/** An empty database of its own on the test run's PostgreSQL, dropped at the end of the test file. Returns its URL. */
export async function freshDatabase(): Promise<string> {
  const admin = process.env.TEST_DATABASE_URL;
  if (admin === undefined) throw new Error('TEST_DATABASE_URL is not set: the tests run through `npm test`');
  const url = await createDatabase(admin);
  later(() => dropDatabase(admin, url));
  return url;
}
