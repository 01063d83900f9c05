import type { Logger } from '@openclaw/core';
import { LogLevel, type Logger as SdkLogger } from '@slack/bolt';

/**
 * Where Slack's SDK may write. What it complains about is told by our own errors and states already, so its complaints are for
 * debugging; its chatter, which has whole messages in it, goes nowhere.
 */
export function sdkLogger(logger: Logger): SdkLogger {
  const complain = (...said: unknown[]) => logger.debug(`Slack's SDK: ${withoutSecrets(said.map(String).join(' '))}`);
  return {
    error: complain,
    warn: complain,
    info: () => undefined,
    debug: () => undefined,
    getLevel: () => LogLevel.WARN,
    setLevel: () => undefined,
    setName: () => undefined,
  };
}

/** Tokens, and the tickets in the addresses of connections. */
export function withoutSecrets(text: string): string {
  return text.replace(/\bx(?:ox[a-z]|app)-[\w-]+/gi, '***').replace(/\bwss?:\/\/\S+/gi, 'ws://***');
}
