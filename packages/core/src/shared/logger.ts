import { currentRequestId } from './request-context.js';

/** From the least to the most severe; a level stands for itself and everything after it. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The parts of the gateway that a reader of logs can ask for by name. */
export const LOG_COMPONENTS = ['gateway', 'reasoning', 'memory', 'skills', 'channels', 'webhooks'] as const;
export type LogComponent = (typeof LOG_COMPONENTS)[number];

/** What goes with a message. `error` takes whatever was caught; the adapter renders it. */
export interface LogFields {
  component?: LogComponent;
  [name: string]: unknown;
}

/** One line of the log. `timestamp` is ISO 8601 UTC with milliseconds; every field stands beside the fixed members. */
export interface LogEntry {
  timestamp: string;
  level: LogLevel;
  component: LogComponent;
  message: string;
  [field: string]: unknown;
}

export function atLeast(level: LogLevel, threshold: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(threshold);
}

/**
 * Where the house says what it does. No method throws or waits: a log that cannot be written is the adapter's
 * affair. A message below the level costs one comparison; guard what is costly to put together with `isEnabled`.
 */
export abstract class Logger {
  debug(message: string, fields?: LogFields): void {
    if (this.isEnabled('debug')) this.write('debug', message, inRequest(fields));
  }

  info(message: string, fields?: LogFields): void {
    if (this.isEnabled('info')) this.write('info', message, inRequest(fields));
  }

  warn(message: string, fields?: LogFields): void {
    if (this.isEnabled('warn')) this.write('warn', message, inRequest(fields));
  }

  error(message: string, fields?: LogFields): void {
    if (this.isEnabled('error')) this.write('error', message, inRequest(fields));
  }

  /** A logger that adds these fields to each of its lines, and writes to the same place. */
  abstract child(fields: LogFields): Logger;
  abstract isEnabled(level: LogLevel): boolean;

  /** Called for enabled levels only. */
  protected abstract write(level: LogLevel, message: string, fields?: LogFields): void;
}

/** Names the request in whose name a line is written. */
function inRequest(fields: LogFields | undefined): LogFields | undefined {
  if (fields?.request_id !== undefined) return fields;
  const requestId = currentRequestId();
  return requestId === undefined ? fields : { request_id: requestId, ...fields };
}

export interface LogQuery {
  /** The newest so many; all when left out. */
  lines?: number;
  /** This level and the more severe ones. */
  level?: LogLevel;
  /** Not older than this. */
  since?: Date;
  component?: LogComponent;
}

/** `logs` has the newest last; `total` counts all that matched, also those that `lines` left out. */
export interface LogPage {
  logs: LogEntry[];
  total: number;
}

export abstract class LogReader {
  abstract query(query: LogQuery): LogPage;
}

export function matchesLogQuery(entry: LogEntry, query: LogQuery): boolean {
  if (query.level && !atLeast(entry.level, query.level)) return false;
  if (query.component && entry.component !== query.component) return false;
  return !query.since || Date.parse(entry.timestamp) >= query.since.getTime();
}

/** `entries` has the newest last, and so has the answer. */
export function selectLogs(entries: readonly LogEntry[], query: LogQuery): LogPage {
  const matching = entries.filter((entry) => matchesLogQuery(entry, query));
  const lines = query.lines ?? matching.length;
  return { logs: lines > 0 ? matching.slice(-lines) : [], total: matching.length };
}

const RESERVED = new Set(['timestamp', 'level', 'message']);

/** Puts a line together. A field that bears the name of a fixed member gets an underscore behind it and is kept. */
export function logEntry(level: LogLevel, message: string, fields: LogFields, now: Date): LogEntry {
  const entry: LogEntry = { timestamp: now.toISOString(), level, component: fields.component ?? 'gateway', message };
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (name !== 'component' && value !== undefined) entry[RESERVED.has(name) ? `${name}_` : name] = value;
  }
  return entry;
}

/** Keeps every line as it was given (errors stay errors): for tests, and as the reader beside them. */
export class InMemoryLogger extends Logger implements LogReader {
  /** Shared with every child. */
  readonly entries: LogEntry[];

  constructor(
    private readonly level: LogLevel = 'debug',
    private readonly fields: LogFields = {},
    entries: LogEntry[] = [],
  ) {
    super();
    this.entries = entries;
  }

  child(fields: LogFields): InMemoryLogger {
    return new InMemoryLogger(this.level, { ...this.fields, ...fields }, this.entries);
  }

  isEnabled(level: LogLevel): boolean {
    return atLeast(level, this.level);
  }

  query(query: LogQuery): LogPage {
    return selectLogs(this.entries, query);
  }

  protected write(level: LogLevel, message: string, fields?: LogFields): void {
    this.entries.push(logEntry(level, message, { ...this.fields, ...fields }, new Date()));
  }
}
