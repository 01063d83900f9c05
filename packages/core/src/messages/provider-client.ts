import { ProviderError } from './agent-runner.js';
import { EventStreamDecoder, EventStreamTooLong, type KnownEvents, type ServerSentEvent } from './event-stream.js';
import { type ProviderFailure, header } from './provider-failure.js';
import type { ProviderCall, ProviderReply, ProviderTransport } from './provider-transport.js';

const LIMITS = { lineLength: 1_000_000, totalBytes: 32_000_000 };
/** Of an error's body; what is longer is not read. */
const LONGEST_ERROR_BYTES = 64_000;
/** A provider that always says just enough not to count as silent is left after this. */
const LONGEST_ANSWER_MS = 30 * 60_000;

/** What all providers that stream server-sent events over HTTP have in common; only `ProviderError`s leave it, or the signal's reason. */
export class ProviderClient {
  constructor(
    private readonly transport: ProviderTransport,
    private readonly failure: ProviderFailure,
  ) {}

  /** The head of an answer that went well; its events are to be read by `events`. */
  open(call: ProviderCall, signal: AbortSignal): Promise<ProviderReply> {
    return this.send(call, signal);
  }

  /** The answer's events. A stream that ends without a last event just ends: what that means is the protocol's business. */
  events(reply: ProviderReply, signal: AbortSignal, known?: KnownEvents): ProviderEvents {
    return new ProviderEvents(reply, this.failure, signal, known);
  }

  /** Resolves if the provider answers with success or one of the statuses in `alsoFine`. */
  async ask(call: ProviderCall, alsoFine: number[], signal: AbortSignal): Promise<void> {
    try {
      (await this.send(call, signal)).release();
    } catch (error) {
      if (error instanceof ProviderError && error.status !== undefined && alsoFine.includes(error.status)) return;
      throw error;
    }
  }

  /** The answer's JSON. One that is longer than `maxBytes`, or is no JSON, is a failure. */
  async json(call: ProviderCall, maxBytes: number, signal: AbortSignal): Promise<unknown> {
    const reply = await this.send(call, signal);
    let text: string;
    try {
      text = await wholeText(reply, maxBytes);
    } catch (error) {
      reply.drop();
      throw understood(error, signal, this.failure);
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.failure.senseless(
        `sent something that is no JSON: ${this.failure.quote(text, header(reply, 'content-type'))}`,
        error,
      );
    }
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  private async send(call: ProviderCall, signal: AbortSignal): Promise<ProviderReply> {
    try {
      const reply = await this.transport.send(call, signal);
      if (reply.status >= 200 && reply.status < 300) return reply;
      throw this.failure.refused(reply, await beginning(reply));
    } catch (error) {
      throw understood(error, signal, this.failure);
    }
  }
}

/**
 * An answer's events as they come. In the place of a generator, which would be one more to go through for everything that a model says: `more`
 * waits for what comes next, `next` gives the events in it one by one, and whoever has begun to read has to `close`.
 */
export class ProviderEvents {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private readonly decoder: EventStreamDecoder;
  private readonly deadline = Date.now() + LONGEST_ANSWER_MS;
  private begun = false;

  constructor(
    private readonly reply: ProviderReply,
    private readonly failure: ProviderFailure,
    private readonly signal: AbortSignal,
    known: KnownEvents | undefined,
  ) {
    this.pieces = reply.body[Symbol.asyncIterator]();
    this.decoder = new EventStreamDecoder(LIMITS, known);
  }

  /** False at the stream's end, after which `next` may still give the last event. */
  async more(): Promise<boolean> {
    try {
      if (!this.begun) await this.begin();
      else if (Date.now() > this.deadline) throw this.failure.senseless('did not come to an end');
      const { done, value } = await this.pieces.next();
      if (done) this.decoder.finish();
      else this.decoder.feed(value);
      return !done;
    } catch (error) {
      throw understood(error, this.signal, this.failure);
    }
  }

  next(): ServerSentEvent | undefined {
    return this.decoder.next();
  }

  /** `whole`: it said all that it had to say. */
  close(whole: boolean): void {
    if (whole) this.reply.release();
    else this.reply.drop();
  }

  private async begin(): Promise<void> {
    this.begun = true;
    const type = header(this.reply, 'content-type');
    if (type === '' || type.startsWith('text/event-stream')) return;
    const said = this.failure.quote(await beginning(this.reply), type);
    throw this.failure.senseless(`answered with something that is no event stream: ${said}`);
  }
}

function understood(error: unknown, signal: AbortSignal, failure: ProviderFailure): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ProviderError) return error;
  if (error instanceof EventStreamTooLong) return failure.senseless(`does not stop talking: ${error.message}`, error);
  return failure.broke(error);
}

async function wholeText(reply: ProviderReply, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of reply.body) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new EventStreamTooLong(`more than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes).toString('utf8');
}

/** The first part of a body as text; empty when not even that arrives. The rest is given up. */
async function beginning(reply: ProviderReply): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const piece of reply.body) {
      text += decoder.decode(piece, { stream: true });
      bytes += piece.length;
      if (bytes > LONGEST_ERROR_BYTES) break;
    }
  } catch {
    // The status is worth more than the reason why its explanation did not arrive.
  }
  reply.drop();
  return text;
}
