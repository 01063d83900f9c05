import {
  Logger,
  atLeast,
  logEntry,
  type LogFields,
  type LogLevel,
  type LogPage,
  type LogQuery,
  type LogReader,
} from '@openclaw/core';
import { ConsoleLines } from './console-lines.js';
import { readNewestEntries } from './log-files.js';
import { LogRing } from './log-ring.js';
import { Redactor } from './redact.js';
import { RotatingFile, type RotatingFileSettings } from './rotating-file.js';

const RING_SIZE = 2000;

export interface LoggerSettings {
  level: LogLevel;
  /** Without it no file is written, and `query` knows this process's lines only. */
  file?: RotatingFileSettings;
  /** `pretty` for people, `json` for collectors. */
  console: 'pretty' | 'json' | 'off';
  /** Where the console's lines go; standard output. */
  stream?: NodeJS.WritableStream;
  /** Colours in `pretty`; by default where the stream is a terminal that has them. */
  colour?: boolean;
  /** Names of further fields to mask, besides those that look like a token, secret, password, key or cookie. */
  redact?: readonly string[];
  /** Values to mask wherever they occur, of six characters and more; asked before each line. */
  secrets?: () => readonly string[];
  /** How many lines are kept for `query`; 2,000. */
  ringSize?: number;
  /** Told once for each kind of failure to write; by default it goes to standard error. */
  onFailure?: (text: string) => void;
}

/** The house's logger and the reader of what it wrote. Its children share its level and its outputs. */
export interface ClosableLogger extends Logger, LogReader {
  setLevel(level: LogLevel): void;
  /** From now on this value is masked in every line. */
  addSecret(value: string): void;
  /** Writes out what is under way and lets go of the files; later lines go nowhere but the ring. */
  close(): Promise<void>;
}

/** Never fails: where the folder cannot be used, the rest works without the file, and the file is tried again later. */
export function createLogger(settings: LoggerSettings): ClosableLogger {
  return new WinstonLogger(new Output(settings), {});
}

class WinstonLogger extends Logger implements ClosableLogger {
  constructor(
    private readonly output: Output,
    private readonly bound: LogFields,
  ) {
    super();
  }

  child(fields: LogFields): Logger {
    return new WinstonLogger(this.output, { ...this.bound, ...fields });
  }

  isEnabled(level: LogLevel): boolean {
    return atLeast(level, this.output.level);
  }

  setLevel(level: LogLevel): void {
    this.output.level = level;
  }

  addSecret(value: string): void {
    this.output.redactor.addSecret(value);
  }

  query(query: LogQuery): LogPage {
    return this.output.ring.query(query);
  }

  close(): Promise<void> {
    return this.output.close();
  }

  protected write(level: LogLevel, message: string, fields?: LogFields): void {
    this.output.write(level, message, this.bound, fields);
  }
}

/** What a logger and its children share. */
class Output {
  level: LogLevel;
  readonly ring: LogRing;
  readonly redactor: Redactor;
  private readonly console: ConsoleLines | undefined;
  private readonly file: RotatingFile | undefined;
  private readonly told = new Set<string>();
  private closed = false;

  constructor(private readonly settings: LoggerSettings) {
    this.level = settings.level;
    this.redactor = new Redactor({
      names: settings.redact,
      secrets: settings.secrets,
      stacks: () => this.level === 'debug',
    });
    const ringSize = settings.ringSize ?? RING_SIZE;
    this.ring = new LogRing(ringSize);
    if (settings.console !== 'off') {
      const { console: format, stream = process.stdout, colour } = settings;
      this.console = new ConsoleLines(stream, { format, colour }, (error) => this.failed('the console', error));
    }
    if (settings.file) {
      const { dir } = settings.file;
      this.prime(dir, ringSize);
      this.file = new RotatingFile(settings.file, (error) => this.failed(`log files in ${dir}`, error));
    }
  }

  write(level: LogLevel, message: string, bound: LogFields, fields: LogFields | undefined): void {
    try {
      const entry = logEntry(level, this.redactor.text(message), this.redactor.fields(bound, fields), new Date());
      this.ring.push(entry);
      if (this.closed) return;
      this.file?.write(entry);
      this.console?.write(entry);
    } catch (error) {
      this.failed('logging', error);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.console?.close();
    await this.file?.close();
  }

  /** The lines of the runs before this one, so that a restart hides nothing. */
  private prime(dir: string, count: number): void {
    try {
      for (const entry of readNewestEntries(dir, count)) this.ring.push(entry);
    } catch (error) {
      this.failed(`log files in ${dir}`, error);
    }
  }

  private failed(what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : reason;
    if (this.told.has(`${what} ${code}`)) return;
    this.told.add(`${what} ${code}`);
    const text = `openclaw: cannot write to ${what}: ${this.redactor.text(reason)}; going on without`;
    if (this.settings.onFailure) this.settings.onFailure(text);
    else process.stderr.write(`${text}\n`);
  }
}
