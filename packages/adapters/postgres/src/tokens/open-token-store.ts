import type { Logger, TokenStore } from '@openclaw/core';
import { Database, type DatabaseSettings } from '../database.js';
import { PostgresTokenStore } from './postgres-token-store.js';

/** The token store alone, for tools that manage tokens beside a gateway or without one. */
export async function openTokenStore(
  settings: DatabaseSettings,
  logger: Logger,
): Promise<{ tokens: TokenStore; close: () => Promise<void> }> {
  const database = await Database.open(settings, logger);
  return { tokens: new PostgresTokenStore(database), close: () => database.close() };
}
