import { freshDatabase } from '../harness/index.js';

/** For `describe.each`: every program is run on both. The second member makes the database. */
export const DATABASES: [name: string, make: () => Promise<string>][] = [
  ['the embedded database', async () => 'embedded'],
  ['plain PostgreSQL', freshDatabase],
];
