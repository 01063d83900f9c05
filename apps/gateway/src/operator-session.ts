import { openTokenStore } from '@openclaw/adapter-postgres';
import { type Logger, ManageTokens, SystemClock } from '@openclaw/core';
import { type ConfigOptions, LiveConfig } from './config/index.js';
import { borrowDatabasePlace } from './storage.js';

/** What an operator does on the host itself, whether or not a gateway runs. */
export interface OperatorSession {
  tokens: ManageTokens;
  close(): Promise<void>;
}

/** Opens the gateway's own database: shares the embedded server if it runs, else starts it for the while. */
export async function openOperatorSession(options: ConfigOptions, logger: Logger): Promise<OperatorSession> {
  const live = await LiveConfig.load(options);
  const place = await borrowDatabasePlace(live.current);
  try {
    const { tokens, close } = await openTokenStore({ url: place.url, poolSize: 1, patienceMs: 5_000 }, logger);
    return {
      tokens: new ManageTokens(tokens, new SystemClock()),
      close: async () => {
        await close();
        await place.release();
      },
    };
  } catch (error) {
    await place.release();
    throw error;
  }
}
