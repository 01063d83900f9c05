// Tries for the data folder at the first word on its input, says how it went, and keeps what it got until the input ends.
import { once } from 'node:events';
import { DataFolderInUse, DataFolderLock } from '../../dist/index.js';

process.stdout.write('there\n');
await once(process.stdin, 'data');
try {
  const lock = DataFolderLock.acquire(process.argv[2]);
  process.stdout.write('won\n');
  await once(process.stdin.resume(), 'end');
  lock.release();
} catch (error) {
  if (!(error instanceof DataFolderInUse)) throw error;
  process.stdout.write(`lost to ${error.pid}\n`);
}
process.stdin.destroy();
