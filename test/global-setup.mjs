// One throwaway PostgreSQL for the whole test run. TEST_DATABASE_URL names one that is there already, and then none is started.
import { startTestCluster } from '../packages/adapters/embedded-postgres/dist/testing.js';

export default async function setup() {
  if (process.env.TEST_DATABASE_URL) return;
  const cluster = await startTestCluster();
  globalThis.testCluster = cluster;
  process.env.TEST_DATABASE_URL = cluster.url;
}
