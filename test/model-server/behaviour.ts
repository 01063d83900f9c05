import type { ModelRequest } from './model-request.ts';

/** Holds a request until the test opens it. */
export class Gate {
  /** Resolves with the request that waits here. */
  readonly reached: Promise<ModelRequest>;
  private readonly opened: Promise<void>;
  private letIn: (request: ModelRequest) => void = () => undefined;
  private letOut: () => void = () => undefined;

  constructor() {
    this.reached = new Promise((resolve) => (this.letIn = resolve));
    this.opened = new Promise((resolve) => (this.letOut = resolve));
  }

  open(): void {
    this.letOut();
  }

  /** Ends when the gate opens or the client has gone. */
  async pass(request: ModelRequest): Promise<void> {
    this.letIn(request);
    await Promise.race([this.opened, request.closed]);
  }
}

/** How the server answers one request. Everything is optional; `{}` is a whole, well-formed answer. */
export interface Behaviour {
  /** The answer's pieces. Default: `echo: <last user message>`, word by word. */
  chunks?: string[];
  /** Functions that it wants called, after the chunks; the arguments in one piece or several. Makes `chunks` empty by default. */
  toolCalls?: { id: string; name: string; arguments: string | string[] }[];
  /** Wait before each chunk. Default 0: everything goes out in one write. */
  delayMs?: number;
  /** Every chunk in a write of its own, the next one only after the last has left; without a delay. */
  separately?: boolean;
  /** False: the answer says nothing about tokens. Default: one token per word. */
  usage?: { inputTokens: number; outputTokens: number } | false;
  /** As the protocol calls it; default `stop` or `end_turn`. Null: none is sent. */
  finishReason?: string | null;

  /** Anything but a model's answer: this status with this body (an object is sent as JSON) and these headers. */
  status?: number;
  body?: string | object;
  headers?: Record<string, string>;

  /** Wait at the gate: before anything is sent, or after that many chunks. */
  hold?: Gate;
  holdAfter?: number;
  /** Silence, until the client leaves: before the headers, or after that many chunks, or after `raw`. */
  stall?: 'headers' | number;
  /** After that many chunks the connection is destroyed, or ended cleanly with the rest missing. */
  cut?: { after: number; how: 'destroy' | 'end' };
  /** After that many chunks the protocol's error event with this body, then the end. */
  error?: { after: number; body: object };
  /** After the chunks: a line without an end, or events without an end, as fast as the client reads. */
  flood?: 'line' | 'events';
  /** Bytes sent in place of the events, in one write each. */
  raw?: (string | Uint8Array)[];

  /** Line ends of the stream. Default `\n`. */
  lineEnd?: '\r\n' | '\r';
  /** Cuts the stream into writes of that many bytes, inside characters and lines alike. */
  splitEvery?: number;
}
