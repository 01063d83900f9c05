import { Logger, type LogFields, type LogLevel } from '@openclaw/core';

/** For commands beside the gateway: what goes wrong is said on standard error, and nothing is written to the gateway's files. */
export class StderrLogger extends Logger {
  child(): Logger {
    return this;
  }

  isEnabled(level: LogLevel): boolean {
    return level === 'warn' || level === 'error';
  }

  protected write(_level: LogLevel, message: string, fields: LogFields = {}): void {
    const { error } = fields;
    process.stderr.write(
      `openclaw: ${message}${error instanceof Error && error.message ? ` (${error.message})` : ''}\n`,
    );
  }
}
