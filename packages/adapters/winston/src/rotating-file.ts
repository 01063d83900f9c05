import type { LogEntry } from '@openclaw/core';
import { mkdirSync } from 'node:fs';
import DailyRotateFile from 'winston-daily-rotate-file';
import { LineBatch } from './line-batch.js';

const RETRY_MS = 10_000;

export interface RotatingFileSettings {
  /** Made with mode 0700 if it is not there; the files in it get 0600. */
  dir: string;
  /** Bytes after which a day's file is followed by another one; 20 MB. */
  maxSize?: number;
  /** How many files are kept, or how many days (`'14d'`); 14 files. */
  maxFiles?: number | `${number}d`;
}

const BATCH_MS = 100;

/**
 * The daily file, winston's transport, which lines are given to without a way through winston's two streams: those cost more than making the
 * line. A file that cannot be opened or written is tried again after ten seconds (the stream under it never works again by itself), and
 * nothing of that reaches the caller.
 */
export class RotatingFile {
  private transport: GuardedRotateFile | undefined;
  private failed = false;
  private closed = false;
  private retryAt = 0;

  constructor(
    private readonly settings: RotatingFileSettings,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.open();
  }

  write(entry: LogEntry): void {
    if (this.closed) return;
    if (this.failed) {
      if (Date.now() < this.retryAt) return;
      const broken = this.transport;
      this.transport = undefined;
      broken?.close();
      this.open();
    }
    this.transport?.batch.add(entry);
  }

  /** Resolves when everything has reached the file, or never will. */
  async close(): Promise<void> {
    this.closed = true;
    this.transport?.close();
    await this.transport?.settled;
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
        },
        (error) => {
          if (this.transport === transport) this.fail(error);
        },
      );
      this.transport = transport;
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failed = true;
    this.retryAt = Date.now() + RETRY_MS;
    this.onFailure(error);
  }
}

/** Hands on what the library throws (a folder that cannot be made at midnight) or emits unheard (a full disk). */
class GuardedRotateFile extends DailyRotateFile {
  readonly batch: LineBatch;
  /** Resolves when each of its files, the rotated ones too, is written and closed or has failed. */
  readonly settled: Promise<void>;

  constructor(options: DailyRotateFile.DailyRotateFileTransportOptions, onFailure: (error: unknown) => void) {
    super(options);
    this.batch = new LineBatch({
      delayMs: BATCH_MS,
      line: JSON.stringify,
      write: (lines) => this.logStream.write(lines),
      onFailure,
    });
    this.on('error', onFailure);
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

  override close(): void {
    this.batch.close();
    super.close?.();
  }
}
