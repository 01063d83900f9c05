// One throwaway PostgreSQL for the whole test run. TEST_DATABASE_URL names one that is there already, and then none is started.
// TEST_DATABASE_TEMPLATE is a database in it that is up to date and empty: to copy it takes a tenth of what the migrations take.
import { createDatabase, startTestCluster } from '../packages/adapters/embedded-postgres/dist/testing.js';
import { Postgres } from '../packages/adapters/postgres/dist/index.js';
import { InMemoryLogger } from '../packages/core/dist/shared/logger.js';

export default async function setup() {
  if (!process.env.TEST_DATABASE_URL) {
    const cluster = await startTestCluster();
    globalThis.testCluster = cluster;
    process.env.TEST_DATABASE_URL = cluster.url;
  }
  const url = await createDatabase(process.env.TEST_DATABASE_URL);
  const postgres = await Postgres.open({ url, poolSize: 2, alone: false }, new InMemoryLogger());
  await postgres.close();
  process.env.TEST_DATABASE_TEMPLATE = new URL(url).pathname.slice(1);
}
