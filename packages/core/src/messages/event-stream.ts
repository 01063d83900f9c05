/** One server-sent event. */
export interface ServerSentEvent {
  /** Undefined when the stream named none. */
  event: string | undefined;
  data: string;
  /** In place of `data`, where `KnownEvents` knew this event and those after it: what they say. */
  known?: readonly string[];
}

/** Knows some events by how they are spelled, so that they need not be taken apart. */
export interface KnownEvents {
  /** What the events say that begin at `at`, and where the first one begins that is not known; undefined if that is at `at`. */
  take(text: string, at: number): { known: string[]; end: number } | undefined;
}

export interface EventStreamLimits {
  /** Of one line, in UTF-16 code units. */
  lineLength: number;
  /** Of the whole stream. */
  totalBytes: number;
}

/** The stream is longer than anything sane. */
export class EventStreamTooLong extends Error {}

/**
 * Makes events of bytes that arrive in any portions, cut inside characters and line ends alike.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation; an event that the
 * stream's end cuts off counts here, because some servers leave out the last empty line.
 */
export class EventStreamDecoder {
  private readonly decoder = new TextDecoder();
  private rest = '';
  private afterCarriageReturn = false;
  private totalBytes = 0;
  private event: string | undefined;
  private data: string | undefined;

  constructor(
    private readonly limits: EventStreamLimits,
    private readonly knownEvents?: KnownEvents,
  ) {}

  /** The events that these bytes complete. Throws `EventStreamTooLong`. */
  feed(bytes: Uint8Array): ServerSentEvent[] {
    this.totalBytes += bytes.length;
    if (this.totalBytes > this.limits.totalBytes)
      throw new EventStreamTooLong(`more than ${this.limits.totalBytes} bytes`);
    const text = this.onlyLineFeeds(this.decoder.decode(bytes, { stream: true }));
    const events: ServerSentEvent[] = [];
    if (text.includes('\n')) {
      const lines = this.rest + text;
      let start = this.takeKnown(lines, 0, events);
      for (let end = lines.indexOf('\n', start); end >= 0; end = lines.indexOf('\n', start)) {
        this.line(lines.slice(start, end), events);
        start = this.takeKnown(lines, end + 1, events);
      }
      this.rest = lines.slice(start);
    } else {
      this.rest += text;
    }
    if (this.rest.length > this.limits.lineLength) throw new EventStreamTooLong('a line without an end');
    return events;
  }

  /** The event that the stream's end completes, if any. */
  end(): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    this.line(this.rest, events);
    this.line('', events);
    this.rest = '';
    return events;
  }

  /** Gives where the next line begins that has to be read. */
  private takeKnown(lines: string, at: number, events: ServerSentEvent[]): number {
    if (this.data !== undefined || this.event !== undefined) return at;
    const taken = this.knownEvents?.take(lines, at);
    if (!taken) return at;
    events.push({ event: undefined, data: '', known: taken.known });
    return taken.end;
  }

  private line(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (this.data !== undefined) events.push({ event: this.event, data: this.data });
      this.event = undefined;
      this.data = undefined;
    } else if (line.startsWith('data:')) {
      const value = fieldValue(line, 5);
      this.data = this.data === undefined ? value : `${this.data}\n${value}`;
    } else if (line.startsWith('event:')) {
      this.event = fieldValue(line, 6);
    }
  }

  private onlyLineFeeds(text: string): string {
    if (text === '') return text;
    const joined = this.afterCarriageReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.afterCarriageReturn = text.endsWith('\r');
    return joined.includes('\r') ? joined.replaceAll(/\r\n?/g, '\n') : joined;
  }
}

function fieldValue(line: string, start: number): string {
  return line.slice(line.charCodeAt(start) === 0x20 ? start + 1 : start);
}
