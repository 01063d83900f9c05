import { Postgres } from '@openclaw/adapter-postgres';
import type { Logger } from '@openclaw/core';
import { type ConfigOptions, ConfigService, LiveConfig, openSecretBox, StoredSettings } from './config/index.js';
import { borrowDatabasePlace } from './storage.js';

/** The configuration with what is stored on top, for the operator on the host. */
export interface ConfigSession {
  live: LiveConfig;
  config: ConfigService;
  close(): Promise<void>;
}

/** Opens the gateway's own database, whether or not a gateway runs; one that does takes over within a second what is stored here. */
export async function openConfigSession(options: ConfigOptions, logger: Logger): Promise<ConfigSession> {
  const live = await LiveConfig.load(options);
  const opened = new AsyncDisposableStack();
  try {
    const place = await borrowDatabasePlace(live.current);
    opened.defer(() => place.release());
    const postgres = await Postgres.open({ url: place.url, poolSize: 2, patienceMs: 5_000, alone: false }, logger);
    opened.defer(() => postgres.close());
    const stored = new StoredSettings(postgres.settings, () => openSecretBox(live.current.home, options.environment));
    await live.attach(stored);
    const closing = opened.move();
    return { live, config: new ConfigService(live, stored), close: () => closing.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}
