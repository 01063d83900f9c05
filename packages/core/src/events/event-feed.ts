import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { DomainEvent } from './domain-event.js';
import type { EventCursor, EventLog } from './event-log.js';

/** How often the log is looked at while somebody listens. In ms. */
const POLL_MS = 100;

interface Listener {
  tenant: string;
  tell: (event: DomainEvent) => void;
}

interface Joining {
  listener: Listener;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** Tells listeners in this process what happens on any replica. Reads the log only while there is a listener. */
export class EventFeed {
  private readonly listeners = new Set<Listener>();
  private joining: Joining[] = [];
  private reading: Promise<void> | undefined;
  private pause: AbortController | undefined;
  private closed = false;

  constructor(
    private readonly log: EventLog,
    private readonly logger: Logger,
    private readonly pollMs = POLL_MS,
  ) {}

  /**
   * Resolves when it has its place in the log: from then on `tell` is called for all that happens to the tenant, each conversation's events
   * in their order, until the returned function is called. `tell` must not throw. Throws `Unavailable` when the log can't be reached.
   */
  async listen(tenant: string, tell: (event: DomainEvent) => void): Promise<() => void> {
    if (this.closed) throw new Unavailable('The gateway is shutting down; try again in a moment');
    const listener: Listener = { tenant, tell };
    await new Promise<void>((resolve, reject) => {
      this.joining.push({ listener, resolve, reject });
      this.pause?.abort();
      this.reading ??= this.read();
    });
    return () => void this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.listeners.clear();
    this.pause?.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    let cursor: EventCursor | undefined;
    while (this.joining.length > 0 || this.listeners.size > 0) {
      const joining = this.joining;
      this.joining = [];
      try {
        cursor = cursor === undefined ? await this.log.end() : await this.catchUp(cursor);
        // What was read up to here happened before they came.
        for (const { listener, resolve } of joining) {
          if (!this.closed) this.listeners.add(listener);
          resolve();
        }
      } catch (error) {
        // The place is kept: what happens meanwhile is told when the log is back.
        if (!(error instanceof Unavailable)) this.logger.error('the events could not be read', { error });
        for (const { reject } of joining) reject(error);
      }
      if (this.joining.length === 0 && this.listeners.size > 0) await this.rest();
    }
    // Without an await in between, so that whoever listens next starts anew.
    this.reading = undefined;
  }

  private async catchUp(start: EventCursor): Promise<EventCursor> {
    const tenants = [...new Set([...this.listeners].map((listener) => listener.tenant))];
    for (let cursor = start; ;) {
      const page = await this.log.readAfter(cursor, tenants);
      cursor = page.cursor;
      for (const event of page.events) this.tell(event);
      if (!page.more) return cursor;
    }
  }

  private tell(event: DomainEvent): void {
    for (const listener of this.listeners) if (listener.tenant === event.tenant) listener.tell(event);
  }

  private async rest(): Promise<void> {
    this.pause = new AbortController();
    await sleep(this.pollMs, undefined, { signal: this.pause.signal }).catch(() => undefined);
  }
}
