export interface ProviderCall {
  method: 'GET' | 'POST';
  /** Below the provider's base URL, e.g. `/chat/completions`. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface ProviderReply {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  /** Read once. Throws when the connection breaks or falls silent, and the signal's reason when it is aborted. */
  body: AsyncIterable<Uint8Array>;
  /** Nothing more is wanted of a body that said all it had to say: keeps the connection for the next call if it can. */
  release(): void;
  /** Gives the answer up and closes its connection. Harmless after the end. */
  drop(): void;
}

/** Carries calls to one model provider, over connections that are kept. */
export abstract class ProviderTransport {
  /** Resolves with the answer's head. Throws when there is none, and the signal's reason when it is aborted. */
  abstract send(call: ProviderCall, signal: AbortSignal): Promise<ProviderReply>;

  /** Takes no more calls; resolves when the running ones have ended. */
  abstract close(): Promise<void>;
}
