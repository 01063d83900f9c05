import { dropDatabase } from '../packages/adapters/embedded-postgres/dist/testing.js';

export default async function teardown() {
  const template = new URL(process.env.TEST_DATABASE_URL);
  template.pathname = `/${process.env.TEST_DATABASE_TEMPLATE}`;
  await dropDatabase(process.env.TEST_DATABASE_URL, template.href);
  await globalThis.testCluster?.stop();
}
