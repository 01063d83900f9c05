import { types } from 'node:util';

/** The embedded server could not be brought up, or its files are not what they should be. The message says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** Another live process works on the data folder. `pid` is absent when that process has not written it down yet. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';

  constructor(
    readonly home: string,
    readonly pid: number | undefined,
  ) {
    const holder = pid === undefined ? 'another process' : `process ${pid}`;
    super(
      `The data folder ${home} is in use by ${holder}. Stop that gateway first, ` +
        'or give this one a data folder of its own (OPENCLAW_HOME).',
    );
  }
}

/** Whether `error` is a system error with one of these codes, such as ENOENT. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
