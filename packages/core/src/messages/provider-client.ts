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

  /**
   * The answer's events, in one batch for all that arrived together, up to the one that `isLast`. A batch is to be read before the next
   * one is asked for. A stream that ends without a last event just ends: what that means is the protocol's business.
   */
  async *events(
    reply: ProviderReply,
    isLast: (event: ServerSentEvent) => boolean,
    signal: AbortSignal,
    known?: KnownEvents,
  ): AsyncGenerator<Iterable<ServerSentEvent>> {
    const deadline = Date.now() + LONGEST_ANSWER_MS;
    let whole = false;
    function* upToLast(events: Iterable<ServerSentEvent>): Generator<ServerSentEvent> {
      for (const event of events) {
        whole = isLast(event);
        yield event;
        if (whole) return;
      }
    }
    try {
      const type = header(reply, 'content-type');
      if (type !== '' && !type.startsWith('text/event-stream')) {
        const said = this.failure.quote(await beginning(reply), type);
        throw this.failure.senseless(`answered with something that is no event stream: ${said}`);
      }
      const decoder = new EventStreamDecoder(LIMITS, known);
      for await (const bytes of reply.body) {
        yield upToLast(decoder.feed(bytes));
        if (whole) return;
        if (Date.now() > deadline) throw this.failure.senseless('did not come to an end');
      }
      yield decoder.end();
    } catch (error) {
      throw this.understood(error, signal);
    } finally {
      if (whole) reply.release();
      else reply.drop();
    }
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
      throw this.understood(error, signal);
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
      throw this.understood(error, signal);
    }
  }

  private understood(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof ProviderError) return error;
    if (error instanceof EventStreamTooLong)
      return this.failure.senseless(`does not stop talking: ${error.message}`, error);
    return this.failure.broke(error);
  }
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
