import { selectLogs, type LogEntry, type LogPage, type LogQuery } from '@openclaw/core';

/** The newest lines, a bounded number of them; the oldest gives way. */
export class LogRing {
  private readonly slots: LogEntry[] = [];
  private next = 0;

  constructor(private readonly capacity: number) {}

  push(entry: LogEntry): void {
    if (this.capacity < 1) return;
    this.slots[this.next] = entry;
    this.next = (this.next + 1) % this.capacity;
  }

  query(query: LogQuery): LogPage {
    const full = this.slots.length === this.capacity;
    const ordered = full ? [...this.slots.slice(this.next), ...this.slots.slice(0, this.next)] : this.slots;
    return selectLogs(ordered, query);
  }
}
