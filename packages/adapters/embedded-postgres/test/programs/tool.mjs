// Stands for a command-line tool: borrows the database, says so, and gives it back when its input ends.
import { once } from 'node:events';
import { useEmbeddedPostgres } from '../../dist/index.js';

const borrowed = await useEmbeddedPostgres({ home: process.argv[2], fsync: false });
process.stdout.write(`${borrowed.url}\n`);
await once(process.stdin.resume(), 'end');
await borrowed.release();
