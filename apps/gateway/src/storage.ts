import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgres, useEmbeddedPostgres } from '@openclaw/adapter-embedded-postgres';
import type { Logger } from '@openclaw/core';
import type { GatewayConfig } from './config/index.js';

/** Where the database is, and how to be done with it. */
export interface DatabasePlace {
  url: string;
  /** The gateway's own server in the data folder: nobody else can be using it. */
  embedded: boolean;
  release(): Promise<void>;
  /** Ends it without waiting, for a stop that has to be at once. */
  abandon(): void;
}

/** The configured PostgreSQL, or the embedded one, which is started and looked after. */
export async function openDatabasePlace(config: GatewayConfig, logger: Logger): Promise<DatabasePlace> {
  if (config.database.url !== undefined) return external(config.database.url);
  const server = await EmbeddedPostgres.start({
    home: config.home,
    onEvent: ({ type, message }) => {
      if (type === 'crashed' || type === 'restart-failed') logger.error(message);
      else logger.info(message);
    },
  });
  return {
    url: server.url,
    embedded: true,
    release: () => server.stop(),
    abandon: () => {
      if (server.pid !== undefined) process.kill(server.pid, 'SIGINT');
    },
  };
}

/** Whether there can be anything in the database: the embedded one is made at the first start. */
export function databaseExists({ database, home }: Pick<GatewayConfig, 'database' | 'home'>): boolean {
  if (database.url !== undefined) return true;
  return ['postgres', 'postgres.location'].some((name) => existsSync(join(home, name)));
}

/** For tools beside a gateway or without one: shares the embedded server if it runs, else starts it for the while. */
export async function borrowDatabasePlace(config: GatewayConfig): Promise<DatabasePlace> {
  if (config.database.url !== undefined) return external(config.database.url);
  const { url, release } = await useEmbeddedPostgres({ home: config.home });
  return { url, embedded: true, release, abandon: () => undefined };
}

function external(url: string): DatabasePlace {
  return { url, embedded: false, release: async () => undefined, abandon: () => undefined };
}
