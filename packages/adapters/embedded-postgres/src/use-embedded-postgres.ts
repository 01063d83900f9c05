import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedConnection } from './connection.js';
import { DataFolderLock } from './data-folder-lock.js';
import { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
import { DataFolderInUse } from './errors.js';
import { FileLock } from './file-lock.js';

/** The embedded database, borrowed for one command. */
export interface BorrowedPostgres {
  connection: EmbeddedConnection;
  url: string;
  /** Gives the server back: it is stopped when this call started it and no gateway has come to use it since. */
  release(): Promise<void>;
}

const PATIENCE_MS = 60_000;
const RETRY_MS = 100;

/**
 * For command-line tools: the server that runs, or one started for the purpose. Tools that find no gateway take turns; one waits for the
 * other for a minute at most and then throws {@link DataFolderInUse}.
 */
export async function useEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<BorrowedPostgres> {
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const pidPath = join(options.home, 'tool.pid');
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (DataFolderLock.holder(options.home)) return shared(await EmbeddedPostgres.join(options));
    const turn = FileLock.tryAcquire(join(options.home, 'tool.lock'), pidPath);
    if (turn) return takeTurn(options, turn);
    await delay(RETRY_MS);
  }
  throw new DataFolderInUse(options.home, FileLock.holderPid(pidPath));
}

async function takeTurn(options: EmbeddedPostgresOptions, turn: FileLock): Promise<BorrowedPostgres> {
  try {
    return owned(await EmbeddedPostgres.start(options), options.home, turn);
  } catch (error) {
    turn.release();
    throw error;
  }
}

function shared(server: EmbeddedPostgres): BorrowedPostgres {
  return { connection: server.connection, url: server.url, release: () => server.detach() };
}

function owned(server: EmbeddedPostgres, home: string, turn: FileLock): BorrowedPostgres {
  const foundRunning = server.wasAdopted;
  return {
    connection: server.connection,
    url: server.url,
    release: async () => {
      try {
        const leave = foundRunning || DataFolderLock.holder(home) !== undefined;
        await (leave ? server.detach() : server.stop());
      } finally {
        turn.release();
      }
    },
  };
}
