import type { Logger } from '@openclaw/core';
import { type ConfigOptions, LiveConfig, readOperatorToken, redact } from './config/index.js';
import { plain } from './config/live-config.js';
import { parsePath, setAt, valueAt, type PlainObject } from './config/path.js';
import { openConfigSession } from './config-session.js';
import { databaseExists } from './storage.js';

/** What the gateway would run with if it started now, secrets in the clear: for the operator on the host only. */
export class EffectiveConfig {
  private constructor(
    private readonly values: PlainObject,
    /** Why what is stored in the database could not be taken into account; undefined where it was, or where there is nothing. */
    readonly storedFailure: unknown,
  ) {}

  /** Throws `ConfigError`. A database that was never made is not made for this. */
  static async read(options: ConfigOptions, logger: Logger): Promise<EffectiveConfig> {
    const files = await LiveConfig.load(options);
    if (!databaseExists(files.current)) return new EffectiveConfig(await withOperatorToken(files), undefined);
    try {
      const session = await openConfigSession(options, logger);
      try {
        return new EffectiveConfig(await withOperatorToken(session.live), undefined);
      } finally {
        await session.close();
      }
    } catch (error) {
      return new EffectiveConfig(await withOperatorToken(files), error);
    }
  }

  /** Undefined where the key is not set. */
  get(path: string): unknown {
    return valueAt(this.values, parsePath(path));
  }

  /** Without secrets. */
  redacted(): unknown {
    return redact(this.values);
  }
}

async function withOperatorToken(live: LiveConfig): Promise<PlainObject> {
  const values = plain(live.wanted);
  const operator = await readOperatorToken(live.current.home, live.wanted);
  if (operator?.file !== undefined) setAt(values, ['gateway', 'auth', 'token'], operator.token);
  return values;
}
