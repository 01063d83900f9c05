import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the sender's clock may be off, in seconds. */
const TOLERANCE_SECONDS = 300;

/** Signs as Standard Webhooks does (`v1`): HMAC-SHA256 over id, time and body. */
export class Signer {
  private readonly key: Buffer;

  /** `whsec_` and base64, or any other text as it is. */
  constructor(secret: string) {
    const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
    this.key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
  }

  sign(id: string, seconds: number, body: string | Buffer): string {
    return `v1,${createHmac('sha256', this.key).update(`${id}.${seconds}.`).update(body).digest('base64')}`;
  }

  /** Why this is not to be believed; undefined when it is. `signatures` may be several, by spaces. */
  refusal(id: string, timestamp: string, signatures: string, body: Buffer, now = Date.now()): string | undefined {
    if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp must be seconds since 1970';
    const wanted = Buffer.from(this.sign(id, Number(timestamp), body));
    const signed = signatures.split(' ').some((signature) => {
      const given = Buffer.from(signature);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });
    if (!signed) return 'webhook-signature does not fit';
    if (Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return 'webhook-timestamp is too old or too new';
    return undefined;
  }
}
