// Stands for a test run that is killed: starts a test cluster and waits.
import { startTestCluster } from '../../dist/testing.js';

const cluster = await startTestCluster();
process.stdout.write(`${cluster.socketUrl}\n`);
setInterval(() => undefined, 1_000);
