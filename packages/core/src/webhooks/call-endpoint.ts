import type { Clock } from '../shared/clock.js';
import type { OutgoingHttp } from './outgoing-http.js';
import type { Attempt, WebhookEndpoint, WebhookEvent } from './webhook.js';
import { signedBody } from './webhook-body.js';
import type { WebhookSecretBox } from './webhook-secrets.js';

/** For the whole attempt, from the look-up of the name to the last byte of the answer. */
export const ATTEMPT_MS = 15_000;

export interface CallResult {
  attempt: Attempt;
  well: boolean;
  /** The endpoint answered that it is there no more. */
  gone: boolean;
  retryAfterMs?: number;
}

/** Sends one event to one endpoint once. */
export class CallEndpoint {
  constructor(
    private readonly http: OutgoingHttp,
    private readonly secrets: WebhookSecretBox,
    private readonly clock: Clock,
    private readonly attemptMs = ATTEMPT_MS,
  ) {}

  /** Throws the signal's reason when it is aborted; how else it goes is in the result. */
  async execute(endpoint: WebhookEndpoint, event: WebhookEvent, signal?: AbortSignal): Promise<CallResult> {
    const at = this.clock.now();
    const start = performance.now();
    const tooLate = AbortSignal.timeout(this.attemptMs);
    const tried = (facts: Partial<Attempt>): Attempt => ({
      at,
      latencyMs: Math.round(performance.now() - start),
      ...facts,
    });
    try {
      const { body, headers } = signedBody(event, await this.secrets.of(endpoint, at), at);
      const either = signal ? AbortSignal.any([tooLate, signal]) : tooLate;
      const { status, text, retryAfterMs } = await this.http.post({ url: endpoint.url, headers, body }, either);
      const well = status >= 200 && status < 300;
      return {
        attempt: tried({ status, ...(text !== '' && { response: text }) }),
        well,
        gone: status === 410,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
    } catch (error) {
      signal?.throwIfAborted();
      const why = tooLate.aborted ? `no answer within ${this.attemptMs / 1_000} s` : wordsOf(error);
      return { attempt: tried({ error: why }), well: false, gone: false };
    }
  }
}

const ERROR_CHARS = 300;

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, ERROR_CHARS).toWellFormed();
}
