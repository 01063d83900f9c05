import type { ConfigOptions } from '@openclaw/gateway';
import type { Terminal } from './terminal.js';

/** What a command may know of the process it runs in. */
export interface Context {
  environment: Record<string, string | undefined>;
  workingFolder: string;
  stdin: AsyncIterable<Uint8Array>;
  terminal: Terminal;
  /** Aborted by Ctrl-C and SIGTERM, once a command has asked for it: until then they end the process. */
  interrupted(): AbortSignal;
  /** What the process will end with when the command ends without an error: 1 where its result means that something is wrong. */
  exitCode: 0 | 1;
}

/** Where the configuration is read from, as far as the command line says. */
export function configOptions(context: Context, flags: ConfigOptions['flags'] = {}): ConfigOptions {
  return { environment: context.environment, workingFolder: context.workingFolder, flags };
}
