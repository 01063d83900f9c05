import type { ModelRequest } from './model-request.ts';

/** One answer, before a protocol writes it down. */
export interface Spoken {
  request: ModelRequest;
  chunks: string[];
  usage: { inputTokens: number; outputTokens: number } | false;
  /** Undefined: the protocol's own word for a natural end. Null: the answer never says that it has ended. */
  finishReason: string | null | undefined;
}

/** How a provider's protocol writes an answer: as server-sent events or as one JSON object. */
export interface Wire {
  opening(spoken: Spoken): string[];
  delta(spoken: Spoken, text: string): string;
  ending(spoken: Spoken): string[];
  error(body: object): string;
  whole(spoken: Spoken): object;
}
