import { createHmac } from 'node:crypto';
import type { WebhookEvent } from './webhook.js';

/** Of an endpoint, the one that counts first. */
export type WebhookSecrets = readonly [string, ...string[]];

const STANDARD_PREFIX = 'whsec_';

/** What a receiver gets: the bytes of the body, and the headers that are made of them. */
export interface SignedBody {
  body: Buffer;
  headers: Record<string, string>;
}

/**
 * An event as its receivers get it, signed at the time `now`. The header `X-OpenClaw-Signature` and the body's `signature` are made with the
 * first secret, `webhook-signature` (https://www.standardwebhooks.com) with each.
 */
export function signedBody(event: WebhookEvent, secrets: WebhookSecrets, now: Date): SignedBody {
  const { id, name, at, data } = event;
  const [secret] = secrets;
  const unsigned = JSON.stringify({ event: name, timestamp: at.toISOString(), data });
  const signature = `sha256=${hmac(secret, unsigned, 'hex')}`;
  // The same text with the member at its end, so that a receiver can take it out again without knowing JSON's ways.
  const text = `${unsigned.slice(0, -1)},"signature":"${signature}"}`;
  const seconds = String(Math.floor(now.getTime() / 1_000));
  return {
    body: Buffer.from(text),
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'X-OpenClaw-Event': name,
      'X-OpenClaw-Signature': `sha256=${hmac(secret, text, 'hex')}`,
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': secrets
        .map((each) => `v1,${hmac(standardKey(each), `${id}.${seconds}.${text}`, 'base64')}`)
        .join(' '),
    },
  };
}

/** The key that a secret stands for in Standard Webhooks: behind `whsec_` in base64, else as it is. */
function standardKey(secret: string): Buffer {
  return secret.startsWith(STANDARD_PREFIX)
    ? Buffer.from(secret.slice(STANDARD_PREFIX.length), 'base64')
    : Buffer.from(secret);
}

/** Whether a secret that says it is of the standard's form is: receivers' libraries refuse another one. */
export function isSoundSecret(secret: string): boolean {
  if (!secret.startsWith(STANDARD_PREFIX)) return secret.length > 0;
  const key = secret.slice(STANDARD_PREFIX.length);
  return key.length > 0 && Buffer.from(key, 'base64').toString('base64') === key;
}

function hmac(key: string | Buffer, text: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', key).update(text).digest(encoding);
}
