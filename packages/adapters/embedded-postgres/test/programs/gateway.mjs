// Stands for a gateway: takes the data folder, starts its database, says where it is, and ends when its input does.
import { once } from 'node:events';
import { DataFolderLock, EmbeddedPostgres } from '../../dist/index.js';

const home = process.argv[2];
const lock = DataFolderLock.acquire(home);
const server = await EmbeddedPostgres.start({ home });
process.stdout.write(`${JSON.stringify({ pid: server.pid, url: server.url, adopted: server.wasAdopted })}\n`);
await once(process.stdin.resume(), 'end');
await server.stop();
lock.release();
