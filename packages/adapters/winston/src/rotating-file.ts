import { mkdirSync } from 'node:fs';
import winston from 'winston';
import DailyRotateFile from 'winston-daily-rotate-file';

const RETRY_MS = 10_000;

/** Not winston's own `json`, which sorts the members; the entries are plain JSON already. */
export const jsonFormat = winston.format.printf((info) => JSON.stringify(info));

export interface RotatingFileSettings {
  /** Made with mode 0700 if it is not there; the files in it get 0600. */
  dir: string;
  /** Bytes after which a day's file is followed by another one; 20 MB. */
  maxSize?: number;
  /** How many files are kept, or how many days (`'14d'`); 14 files. */
  maxFiles?: number | `${number}d`;
}

const BATCH_MS = 100;
const LONGEST_BATCH = 64 * 1024;
/** Where winston keeps the formatted line. */
const MESSAGE: unique symbol = Symbol.for('message');

/**
 * The daily file as a part of a winston logger that outlives it: a file that cannot be opened or written is taken out and
 * tried again after ten seconds (the stream under it never works again by itself), and nothing of that reaches the caller.
 */
export class RotatingFile {
  private transport: GuardedRotateFile | undefined;
  private failed = false;
  private closed = false;
  private retryAt = 0;

  constructor(
    private readonly logger: winston.Logger,
    private readonly settings: RotatingFileSettings,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.open();
  }

  /** To be called before a line is written. */
  revive(): void {
    if (!this.failed || this.closed || Date.now() < this.retryAt) return;
    this.remove();
    this.open();
  }

  /** Resolves when everything has reached the file, or never will. */
  async close(): Promise<void> {
    this.closed = true;
    const { transport } = this;
    if (!transport) return;
    // It stays ours meanwhile, so that a failure of the last lines is told like any other.
    this.logger.remove(transport);
    await transport.settled;
  }

  private open(): void {
    this.failed = false;
    try {
      mkdirSync(this.settings.dir, { recursive: true, mode: 0o700 });
      const transport: GuardedRotateFile = new GuardedRotateFile(
        {
          dirname: this.settings.dir,
          filename: 'gateway-%DATE%',
          extension: '.log',
          datePattern: 'YYYY-MM-DD',
          utc: true,
          maxSize: this.settings.maxSize ?? 20 * 1024 * 1024,
          maxFiles: this.settings.maxFiles ?? 14,
          // The library's own name for it hangs on the options, so that changed settings would orphan the older files.
          auditFile: `${this.settings.dir}/.rotation.json`,
          options: { flags: 'a', mode: 0o600 },
          format: jsonFormat,
        },
        (error) => {
          if (this.transport === transport) this.fail(error);
        },
      );
      this.transport = transport;
      this.logger.add(transport);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.transport) this.transport.silent = true;
    this.failed = true;
    this.retryAt = Date.now() + RETRY_MS;
    this.onFailure(error);
  }

  private remove(): void {
    if (this.transport) this.logger.remove(this.transport);
    this.transport = undefined;
  }
}

/** Hands on what the library throws (a folder that cannot be made at midnight) or emits unheard (a full disk). */
class GuardedRotateFile extends DailyRotateFile {
  private pending = '';
  private timer: NodeJS.Timeout | undefined;
  /** Resolves when each of its files, the rotated ones too, is written and closed or has failed. */
  readonly settled: Promise<void>;

  constructor(
    options: DailyRotateFile.DailyRotateFileTransportOptions,
    private readonly onFailure: (error: unknown) => void,
  ) {
    super(options);
    this.logStream.on('error', onFailure);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    let files = 1;
    this.on('rotate', () => files++);
    this.logStream.on('close', () => {
      files--;
      if (files === 0) resolve();
    });
  }

  /** Lines that come together are written together: each write is a trip to another thread, and costs more than making the line. */
  override log(info: winston.LogEntry & { [MESSAGE]?: string }, next: () => void): void {
    this.pending += `${info[MESSAGE] ?? ''}\n`;
    if (info.level === 'error' || this.pending.length > LONGEST_BATCH) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), BATCH_MS);
    next();
  }

  override close(): void {
    this.flush();
    super.close?.();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const lines = this.pending;
    this.pending = '';
    if (lines === '') return;
    try {
      this.logStream.write(lines);
    } catch (error) {
      this.onFailure(error);
    }
  }
}
