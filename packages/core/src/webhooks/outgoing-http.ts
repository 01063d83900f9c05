/** A POST to an address that a customer named. */
export interface OutgoingCall {
  url: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface OutgoingAnswer {
  status: number;
  /** In ms; undefined where the answer does not say it, or not in a way that is understood. */
  retryAfterMs?: number;
  /** The first kilobyte of the body, as text. */
  text: string;
}

/** The address may not be called: it is not a public one. */
export class AddressRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressRefused';
  }
}

/** The line to programs of customers. Follows no redirect; reaches private addresses only where the operator allows it. */
export abstract class OutgoingHttp {
  /** Throws `AddressRefused`, the signal's reason, and errors whose message says what went wrong on the way. */
  abstract post(call: OutgoingCall, signal: AbortSignal): Promise<OutgoingAnswer>;
  /** Why this URL will never be called, where that can be seen from it alone; to be read after its name. */
  abstract refusal(url: string): string | undefined;
}
