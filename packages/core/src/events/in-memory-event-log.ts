import type { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { type EventCursor, EventLog, type EventPage } from './event-log.js';

const PAGE = 100;

/** The events of the in-memory stores over the same data. */
export class InMemoryEventLog extends EventLog {
  constructor(private readonly data: InMemoryConversations) {
    super();
  }

  async end(): Promise<EventCursor> {
    return String(this.data.events.length);
  }

  async readAfter(cursor: EventCursor, tenants: readonly string[]): Promise<EventPage> {
    const start = Number(cursor);
    const read = this.data.events.slice(start, start + PAGE);
    const next = start + read.length;
    return {
      events: read.filter((event) => tenants.includes(event.tenant)),
      cursor: String(next),
      more: next < this.data.events.length,
    };
  }
}
