// The gateway as a process, for tests: serves until SIGTERM, and tells its parent over IPC where.
import { runGateway } from '../../dist/index.js';

// A gateway whose test run was killed must not live on.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel.unref();

try {
  process.exitCode = await runGateway({ environment: process.env }, ({ url, operator }) =>
    process.send({ url, operatorToken: operator?.token }),
  );
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
