import type { ModelRequest } from './model-request.ts';

/** One answer, before a protocol writes it down. */
export interface Spoken {
  request: ModelRequest;
  chunks: string[];
  calls: SpokenCall[];
  usage: { inputTokens: number; outputTokens: number } | false;
  /** Undefined: the protocol's own word for a natural end. Null: the answer never says that it has ended. */
  finishReason: string | null | undefined;
}

export interface SpokenCall {
  id: string;
  name: string;
  /** Of its arguments. */
  pieces: string[];
}

/** How a provider's protocol writes an answer: as server-sent events or as one JSON object. */
export interface Wire {
  opening(spoken: Spoken): string[];
  delta(spoken: Spoken, text: string): string;
  /** All frames of a tool call, the first of which is number 0. */
  call(spoken: Spoken, call: SpokenCall, no: number): string[];
  ending(spoken: Spoken): string[];
  error(body: object): string;
  whole(spoken: Spoken): object;
}
