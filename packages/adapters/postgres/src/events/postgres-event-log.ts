import { type EventCursor, EventLog, type EventPage, type Logger, Unavailable } from '@openclaw/core';
import type { Database } from '../database.js';
import { type EventRow, toEvent } from './event-row.js';
import { EVENTS_BETWEEN, FORGET_BATCH, FORGET_EVENTS, PAGE_ROWS, SNAPSHOT } from './statements.js';

/**
 * A place in the log: everything that `from` could see has been read, and of what `upTo` can see all up to number `no`. Snapshots, because
 * transactions are committed in another order than that in which they draw their numbers: what a snapshot does not show is still to come,
 * however small its number.
 */
interface Place {
  from: string;
  upTo?: string;
  no?: string;
}

const HOUSEKEEPING_MS = 600_000;

export class PostgresEventLog extends EventLog {
  private timer: NodeJS.Timeout | undefined;
  private forgetting: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** Deletes, from time to time, what is older than a day. */
  start(): void {
    this.timer = setInterval(() => {
      this.forgetting ??= this.forget()
        .catch((error: unknown) => {
          if (!(error instanceof Unavailable)) this.logger.error('old events could not be deleted', { error });
        })
        .finally(() => {
          this.forgetting = undefined;
        });
    }, HOUSEKEEPING_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.forgetting;
  }

  async end(): Promise<EventCursor> {
    return JSON.stringify({ from: await this.snapshot() } satisfies Place);
  }

  async readAfter(cursor: EventCursor, tenants: readonly string[]): Promise<EventPage> {
    const { from, upTo = await this.snapshot(), no = '0' } = JSON.parse(cursor) as Place;
    // Nobody has committed anything, which one small statement has told.
    if (upTo === from) return { events: [], cursor, more: false };
    const rows = await this.database.query<EventRow & { no: string; beyond: boolean }>(EVENTS_BETWEEN, [
      from,
      upTo,
      no,
      tenants,
    ]);
    const cut = rows.findIndex((row) => row.beyond);
    const page = rows.slice(0, cut === -1 ? PAGE_ROWS : cut);
    const more = rows.length > page.length;
    const last = page.at(-1);
    const place: Place = more && last ? { from, upTo, no: last.no } : { from: upTo };
    return { events: page.map(toEvent), cursor: JSON.stringify(place), more };
  }

  /** Deletes what is older than a day. */
  async forget(): Promise<void> {
    for (;;) {
      const [row] = await this.database.query<{ forgotten: number }>(FORGET_EVENTS);
      if ((row?.forgotten ?? 0) < FORGET_BATCH) return;
    }
  }

  private async snapshot(): Promise<string> {
    const [row] = await this.database.query<{ now: string }>(SNAPSHOT);
    if (!row) throw new Error('the statement returned no row');
    return row.now;
  }
}
