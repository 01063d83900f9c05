import { StringDecoder } from 'node:string_decoder';

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
 * Makes events of bytes that arrive in any portions, cut inside characters and line ends alike: `feed` takes the bytes, `next` gives the events
 * that they complete, each when it is asked for, so that `KnownEvents` may have learned from the one before.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation; an event that the
 * stream's end cuts off counts here, because some servers leave out the last empty line.
 */
export class EventStreamDecoder {
  // Many times as fast as a TextDecoder that is told that more will come.
  private readonly decoder = new StringDecoder('utf8');
  /** What was not read yet, from `at` on; the lines in it that are whole end at `end`. */
  private text = '';
  private at = 0;
  private end = 0;
  private begun = false;
  private afterCarriageReturn = false;
  private totalBytes = 0;
  private event: string | undefined;
  private data: string | undefined;

  constructor(
    private readonly limits: EventStreamLimits,
    private readonly knownEvents?: KnownEvents,
  ) {}

  /** Throws `EventStreamTooLong`. */
  feed(bytes: Uint8Array): void {
    this.totalBytes += bytes.length;
    if (this.totalBytes > this.limits.totalBytes)
      throw new EventStreamTooLong(`more than ${this.limits.totalBytes} bytes`);
    this.append(this.onlyLineFeeds(this.withoutMark(this.decoder.write(bytes))));
    if (this.text.length - this.end > this.limits.lineLength) throw new EventStreamTooLong('a line without an end');
  }

  /** There are no more bytes: what was cut off counts. */
  finish(): void {
    this.append('\n\n');
  }

  next(): ServerSentEvent | undefined {
    while (this.at < this.end) {
      const between = this.data === undefined && this.event === undefined;
      const taken = between ? this.knownEvents?.take(this.text, this.at) : undefined;
      if (taken) {
        this.at = taken.end;
        return { event: undefined, data: '', known: taken.known };
      }
      const end = this.text.indexOf('\n', this.at);
      const event = this.line(this.text.slice(this.at, end));
      this.at = end + 1;
      if (event) return event;
    }
    return undefined;
  }

  private append(text: string): void {
    const rest = this.text.slice(this.at);
    this.text = rest === '' ? text : rest + text;
    this.end = text.includes('\n') ? this.text.lastIndexOf('\n') + 1 : Math.max(this.end - this.at, 0);
    this.at = 0;
  }

  /** Without the byte order mark that may stand before everything else. */
  private withoutMark(text: string): string {
    if (this.begun || text === '') return text;
    this.begun = true;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
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
