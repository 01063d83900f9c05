import type { ProviderReply } from '@openclaw/core';
import type { Dispatcher } from 'undici';

/** How long an answer may take to end after its last event before its connection is given up. */
const TAIL_PATIENCE_MS = 1_000;
/** So much may wait to be read before the connection is left alone. In bytes. */
const MOST_BUFFERED = 64 * 1024;
/** Of a provider that has its whole answer ready, libuv reads 2 MB without letting go. After so much everybody else has a turn. In bytes. */
const MOST_AT_ONCE = 64 * 1024;

const NEVER_READ = { done: true, value: undefined } as const;

type Read = IteratorResult<Uint8Array, undefined>;

/**
 * One call and its answer, as undici's dispatcher tells it. In the place of `Pool.request`, whose streams cost half of a call, and of which
 * one that is promoted to the old generation drags all those after it along.
 */
export class Exchange implements Dispatcher.DispatchHandler, ProviderReply, AsyncIterable<Uint8Array> {
  status = 0;
  headers: ProviderReply['headers'] = {};
  private controller: Dispatcher.DispatchController | undefined;
  private head: PromiseWithResolvers<ProviderReply> | undefined = Promise.withResolvers<ProviderReply>();
  private reader: PromiseWithResolvers<Read> | undefined;
  private pieces: Uint8Array[] = [];
  private buffered = 0;
  /** Bytes since everybody else had a turn. */
  private unbroken = 0;
  private breather: NodeJS.Immediate | undefined;
  private unwanted = false;
  private over = false;
  private failure: Error | undefined;
  private patience: NodeJS.Timeout | undefined;

  constructor(private readonly signal: AbortSignal) {}

  /** Resolves with the answer's head; to be called once. */
  begin(dispatch: (handler: Dispatcher.DispatchHandler) => void): Promise<ProviderReply> {
    const { head, signal } = this;
    if (!head) throw new Error('the exchange has begun before');
    if (signal.aborted) this.fail(signal.reason as Error);
    else {
      signal.addEventListener('abort', this);
      dispatch(this);
    }
    return head.promise;
  }

  get body(): AsyncIterable<Uint8Array> {
    return this;
  }

  /** Leaving the loop ends nothing: that is what `release` and `drop` are for. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  /** All that has arrived, in one piece. */
  next(): Promise<Read> {
    if (this.pieces.length > 0) return Promise.resolve({ done: false, value: this.taken() });
    if (this.failure) return Promise.reject(this.failure);
    if (this.over) return Promise.resolve(NEVER_READ);
    this.reader = Promise.withResolvers<Read>();
    return this.reader.promise;
  }

  private taken(): Uint8Array {
    const { pieces, buffered, controller } = this;
    const [first] = pieces;
    this.pieces = [];
    this.buffered = 0;
    if (controller?.paused && !this.breather) controller.resume();
    return first && pieces.length === 1 ? first : Buffer.concat(pieces, buffered);
  }

  release(): void {
    this.unwanted = true;
    this.pieces = [];
    if (this.over) return;
    this.patience = setTimeout(() => this.drop(), TAIL_PATIENCE_MS);
    if (this.controller?.paused) this.controller.resume();
  }

  drop(): void {
    if (!this.over) this.controller?.abort(new Error('the answer was given up'));
  }

  /** The signal's. */
  handleEvent(): void {
    const reason = this.signal.reason as Error;
    // One that waits for a connection is aborted when it gets it.
    if (this.controller) this.controller.abort(reason);
    else this.fail(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(this.failure ?? new Error('the call was given up'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ProviderReply['headers']): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.head?.resolve(this);
    this.head = undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    if (this.unwanted) return;
    this.pieces.push(piece);
    this.buffered += piece.length;
    this.unbroken += piece.length;
    if (this.unbroken >= MOST_AT_ONCE) {
      controller.pause();
      this.breather ??= setImmediate(goOn, this);
    }
    const { reader } = this;
    if (!reader) {
      if (this.buffered >= MOST_BUFFERED) controller.pause();
      return;
    }
    this.reader = undefined;
    // Runs when everything that was read from the connection has been handed over.
    queueMicrotask(() => {
      if (this.pieces.length > 0) reader.resolve({ done: false, value: this.taken() });
      // Given up meanwhile.
      else reader.resolve(NEVER_READ);
    });
  }

  /** Everybody else has had a turn. */
  goOn(): void {
    this.breather = undefined;
    this.unbroken = 0;
    if (this.controller?.paused && this.buffered < MOST_BUFFERED) this.controller.resume();
  }

  onResponseEnd(): void {
    this.end();
    this.reader?.resolve(NEVER_READ);
    this.reader = undefined;
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.fail(error);
  }

  private fail(error: Error): void {
    if (this.over) return;
    this.end();
    this.failure = error;
    this.head?.reject(error);
    this.head = undefined;
    this.reader?.reject(error);
    this.reader = undefined;
  }

  private end(): void {
    this.over = true;
    this.signal.removeEventListener('abort', this);
    clearTimeout(this.patience);
    clearImmediate(this.breather);
  }
}

/** One for all exchanges, in the place of a closure for each time. */
function goOn(exchange: Exchange): void {
  exchange.goOn();
}
