import { OpenClawError } from './errors.js';
import type { WebhookEvent } from './wire.js';

/** The request is not from the gateway, is not as it was sent, or is old. */
export class WebhookVerificationError extends OpenClawError {
  constructor(message: string, cause?: unknown) {
    super(message, 'invalid_webhook', { cause });
  }
}

/** `Headers`, or those of a Node request. */
export type WebhookHeaders = { get(name: string): string | null } | Record<string, string | string[] | undefined>;

export interface VerifyOptions {
  /** How old, or early, the request may be; 300. */
  toleranceSeconds?: number;
}

const PREFIX = 'whsec_';

/**
 * Checks that a request is the gateway's, and gives its event. Throws `WebhookVerificationError`.
 *
 * @param body the bytes as they came, before anything has parsed them
 * @param secret the webhook's; several while they are being replaced
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  { toleranceSeconds = 300 }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const text = typeof body === 'string' ? body : decoded(body);
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  ) as [string, string, string];
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(Date.now() / 1_000 - seconds) <= toleranceSeconds))
    throw new WebhookVerificationError(`The request's time is not within ${toleranceSeconds} s of now`);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  const given = signatures
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => bytesOf(part.slice('v1,'.length)));
  for (const each of typeof secret === 'string' ? [secret] : secret) {
    const key = await crypto.subtle.importKey('raw', keyOf(each), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    for (const signature of given)
      if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed))) return parsed(text);
  }
  throw new WebhookVerificationError('No signature of the request is made with this secret');
}

function headerOf(headers: WebhookHeaders, name: string): string {
  const value = isHeaders(headers) ? headers.get(name) : headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  if (typeof text === 'string' && text !== '') return text;
  throw new WebhookVerificationError(`The request has no header ${name}`);
}

function isHeaders(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function';
}

function decoded(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (error) {
    throw new WebhookVerificationError('The body is no UTF-8', error);
  }
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  if (!secret.startsWith(PREFIX)) return new TextEncoder().encode(secret);
  const key = bytesOf(secret.slice(PREFIX.length));
  if (!key) throw new WebhookVerificationError('The secret is no base64 behind "whsec_"');
  return key;
}

/** Undefined for what is no base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function parsed(text: string): WebhookEvent {
  try {
    return JSON.parse(text) as WebhookEvent;
  } catch (error) {
    throw new WebhookVerificationError('The body is no JSON', error);
  }
}
