// Starts a database and says how that went.
import { EmbeddedPostgres } from '../../dist/index.js';

try {
  const server = await EmbeddedPostgres.start({ home: process.argv[2] });
  process.stdout.write('started\n');
  await server.stop();
} catch (error) {
  process.stdout.write(`${error.message}\n`);
}
