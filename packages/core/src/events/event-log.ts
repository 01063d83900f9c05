import type { DomainEvent } from './domain-event.js';

/** A place in the log; opaque, and may be kept in a database. */
export type EventCursor = string;

export interface EventPage {
  events: DomainEvent[];
  cursor: EventCursor;
  /** There is more to read at once. */
  more: boolean;
}

/**
 * The events of the last hours, written together with what they report. Two of one conversation are read in the order in which they
 * happened, whatever was committed in between, and none is left out.
 */
export abstract class EventLog {
  /** The place behind everything that has happened. */
  abstract end(): Promise<EventCursor>;

  /** What has happened to these tenants since then, bounded. */
  abstract readAfter(cursor: EventCursor, tenants: readonly string[]): Promise<EventPage>;
}
