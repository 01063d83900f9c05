import { setTimeout as delay } from 'node:timers/promises';
import type { LogComponent, LogEntry, LogLevel } from '@openclaw/gateway';
import { withGateway } from './connection.js';
import type { Context } from './context.js';
import type { ConnectionOptions } from './options.js';

export interface RemoteLogOptions extends ConnectionOptions {
  follow?: true;
  level?: LogLevel;
  component?: LogComponent;
  lines?: number;
  since?: Date;
}

const POLL_MS = 1_000;
/** What the API gives at most. */
const MOST_LINES = 1_000;

/** The log of a gateway that is spoken to through its API, which keeps the newest lines. */
export function remoteLogs(options: RemoteLogOptions, context: Context, signal: AbortSignal): AsyncIterable<LogEntry> {
  const { level = 'debug', component, since, follow } = options;
  const read = (lines: number, from: Date | string | undefined) =>
    withGateway(options, context, async ({ client }) => {
      const query = { lines, level, ...(component && { component }), ...(from && { since: from }) };
      // The wire's entries are the gateway's own.
      return (await client.logs(query, { signal })).logs as LogEntry[];
    });
  return tail(read, {
    lines: Math.min(MOST_LINES, options.lines ?? (since ? MOST_LINES : 50)),
    since,
    follow: follow ?? false,
    signal,
  });
}

interface Tail {
  lines: number;
  since: Date | undefined;
  follow: boolean;
  signal: AbortSignal;
}

/** Asks again from the newest line's moment on, and leaves out what of that moment was given already. */
async function* tail(
  read: (lines: number, from: Date | string | undefined) => Promise<LogEntry[]>,
  { lines, since, follow, signal }: Tail,
): AsyncGenerator<LogEntry> {
  let from: Date | string | undefined = since ?? (lines === 0 ? new Date() : undefined);
  let given = new Set<string>();
  try {
    for (let count = Math.max(1, lines); ; count = MOST_LINES) {
      const entries = await read(count, from);
      for (const entry of entries) {
        const text = JSON.stringify(entry);
        if (given.has(text)) continue;
        if (entry.timestamp !== from) given = new Set();
        given.add(text);
        from = entry.timestamp;
        yield entry;
      }
      if (!follow) return;
      await delay(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
