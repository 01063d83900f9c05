import type { Logger } from '@openclaw/core';
import { ConfigError, type ConfigOptions, type GatewayConfig, WrongSecretKey } from '../config/index.js';
import { openConfigSession } from '../config-session.js';
import { fail, type Finding } from './finding.js';

/** The configuration with what is stored in the database on top: what the gateway really runs with. */
export async function checkStoredConfig(
  options: ConfigOptions,
  logger: Logger,
): Promise<{ findings: Finding[]; config?: GatewayConfig }> {
  try {
    const session = await openConfigSession(options, logger);
    await session.close();
    return { findings: [], config: session.live.current };
  } catch (error) {
    if (error instanceof ConfigError) {
      return { findings: error.problems.map(({ file, message }) => fail('config', message, `Correct it in: ${file}`)) };
    }
    if (error instanceof WrongSecretKey) return { findings: [fail('config', error.message, 'See above.')] };
    throw error;
  }
}
