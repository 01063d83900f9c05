import { LOG_COMPONENTS, LOG_LEVELS, type LogComponent, type LogEntry, type LogLevel } from '@openclaw/gateway';
import { type Command, Option } from 'commander';
import { namesGateway } from '../connection.js';
import { configOptions, type Context } from '../context.js';
import { formatLogLine } from '../log-line.js';
import {
  type ConnectionOptions,
  type JsonOption,
  parseSince,
  parseWhole,
  withConnection,
  withExamples,
  withJson,
} from '../options.js';
import { remoteLogs } from '../remote-logs.js';

export interface LogOptions extends ConnectionOptions, JsonOption {
  follow?: true;
  level?: LogLevel;
  component?: LogComponent;
  lines?: number;
  since?: Date;
}

const DEFAULT_LINES = 50;
const MOST_LINES = 1_000_000;

export function defineLogs(command: Command, context: Context): void {
  command
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .addOption(new Option('--level <level>', 'this level and the more severe ones').choices(LOG_LEVELS))
    .addOption(new Option('--component <component>', 'this part of the gateway only').choices(LOG_COMPONENTS))
    .option(
      '-n, --lines <number>',
      'the newest so many lines (50; with --since all of them)',
      parseWhole(0, MOST_LINES),
    )
    .option('--since <when>', 'not older than this: a time like 2027-01-31T10:00:00Z, or 15m, 2h, 1d ago', parseSince);
  withExamples(withJson(withConnection(command)), [
    ['openclaw logs -f --level warn', 'watch for trouble'],
    ['openclaw logs --since 1h | grep -i "api\\|request\\|response"', 'the calls of the last hour'],
  ]);
  command.action((options: LogOptions) => showLogs(options, context));
}

async function showLogs(options: LogOptions, context: Context): Promise<void> {
  const { terminal } = context;
  const paint = (style: Parameters<typeof terminal.paint>[0], text: string) => terminal.paint(style, text);
  for await (const entry of await source(options, context)) {
    if (options.json) terminal.json(entry);
    else terminal.print(formatLogLine(entry, paint));
  }
}

/** The files of this machine, whether or not the gateway runs; the API of a gateway elsewhere, or of one that writes no files. */
async function source(options: LogOptions, context: Context): Promise<AsyncIterable<LogEntry>> {
  const signal = context.interrupted();
  if (namesGateway(options, context)) return remoteLogs(options, context, signal);
  const { LiveConfig, readLogs } = await import('@openclaw/gateway');
  const { current } = await LiveConfig.load(
    configOptions(context, options.config === undefined ? {} : { config: options.config }),
  );
  if (!current.logging.file) return remoteLogs(options, context, signal);
  const { follow = false, level, component, since } = options;
  const lines = options.lines ?? (since ? MOST_LINES : DEFAULT_LINES);
  const entries = readLogs(current.logging.dir, {
    follow,
    lines,
    signal,
    ...(level && { level }),
    ...(component && { component }),
  });
  return since ? notBefore(since, entries) : entries;
}

async function* notBefore(since: Date, entries: AsyncIterable<LogEntry>): AsyncGenerator<LogEntry> {
  for await (const entry of entries) if (Date.parse(entry.timestamp) >= since.getTime()) yield entry;
}
