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

  /**
   * The events that these bytes complete, to be read before the next bytes come: each is taken out when it is asked for, so that
   * `KnownEvents` may have learned from the one before. Throws `EventStreamTooLong`.
   */
  feed(bytes: Uint8Array): Iterable<ServerSentEvent> {
    this.totalBytes += bytes.length;
    if (this.totalBytes > this.limits.totalBytes)
      throw new EventStreamTooLong(`more than ${this.limits.totalBytes} bytes`);
    const text = this.onlyLineFeeds(this.decoder.decode(bytes, { stream: true }));
    const lines = this.rest + text;
    const end = text.includes('\n') ? lines.lastIndexOf('\n') + 1 : 0;
    this.rest = lines.slice(end);
    if (this.rest.length > this.limits.lineLength) throw new EventStreamTooLong('a line without an end');
    return end === 0 ? [] : this.eventsOf(lines, end);
  }

  /** The event that the stream's end completes, if any. */
  end(): ServerSentEvent[] {
    const events = [this.line(this.rest), this.line('')];
    this.rest = '';
    return events.filter((event) => event !== undefined);
  }

  private *eventsOf(lines: string, length: number): Generator<ServerSentEvent> {
    for (let start = 0; start < length;) {
      const between = this.data === undefined && this.event === undefined;
      const taken = between ? this.knownEvents?.take(lines, start) : undefined;
      if (taken) {
        start = taken.end;
        yield { event: undefined, data: '', known: taken.known };
        continue;
      }
      const end = lines.indexOf('\n', start);
      const event = this.line(lines.slice(start, end));
      start = end + 1;
      if (event) yield event;
    }
  }

  /** The event that this line ends, if it is an empty one. */
  private line(line: string): ServerSentEvent | undefined {
    if (line === '') {
      const { event, data } = this;
      this.event = undefined;
      this.data = undefined;
      return data === undefined ? undefined : { event, data };
    }
    if (line.startsWith('data:')) {
      const value = fieldValue(line, 5);
      this.data = this.data === undefined ? value : `${this.data}\n${value}`;
    } else if (line.startsWith('event:')) {
      this.event = fieldValue(line, 6);
    }
    return undefined;
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
