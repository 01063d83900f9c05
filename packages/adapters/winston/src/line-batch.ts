import type { LogEntry } from '@openclaw/core';

/** However fast they come. */
const MOST_ENTRIES = 256;

export interface LineBatchSettings {
  /** How long lines may be kept back, in ms. */
  delayMs: number;
  /** Without its end. */
  line: (entry: LogEntry) => string;
  /** Takes whole lines. */
  write: (lines: string) => void;
  onFailure: (error: unknown) => void;
}

/**
 * Lines on their way to one output. Those that come together are made and written together: by themselves, most of what each costs would be a
 * trip to a stream or to another thread, and code that was put out of the processor's caches by the call that it tells of. One after a pause
 * goes out at once, and so does an error with all before it.
 */
export class LineBatch {
  private pending: LogEntry[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly settings: LineBatchSettings) {}

  add(entry: LogEntry): void {
    this.pending.push(entry);
    if (entry.level === 'error' || this.pending.length >= MOST_ENTRIES || this.timer === undefined) this.flush();
  }

  close(): void {
    this.flush();
    clearTimeout(this.timer);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const entries = this.pending;
    if (entries.length === 0) return;
    const { delayMs, line, write, onFailure } = this.settings;
    this.pending = [];
    this.timer = setTimeout(() => this.flush(), delayMs);
    try {
      let lines = '';
      for (const entry of entries) lines += `${line(entry)}\n`;
      write(lines);
    } catch (error) {
      onFailure(error);
    }
  }
}
