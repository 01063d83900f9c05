import { createHash } from 'node:crypto';
import { type IdempotencyKey, InvalidInput } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { JsonObject } from '../body/parse-json.js';

const KEY = /^[\x20-\x7e]{1,255}$/;

/** The call's Idempotency-Key, if it has one. Throws `InvalidInput`. */
export function idempotencyKey(call: ApiCall): string | undefined {
  const key = call.req.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw InvalidInput.field('Idempotency-Key', 'Idempotency-Key must be 1 to 255 printable ASCII characters');
}

/** The key with what it was given for: this path and this body. */
export function idempotency(call: ApiCall, body: JsonObject): IdempotencyKey | undefined {
  const key = idempotencyKey(call);
  if (key === undefined) return undefined;
  const asked = JSON.stringify([call.req.path, body]);
  return { key, fingerprint: createHash('sha256').update(asked).digest('base64url') };
}

/** Whether the turn is to go on without its client. Throws `InvalidInput`. */
export function detached(call: ApiCall): boolean {
  const asked = call.req.headers['x-openclaw-detach'];
  if (asked === undefined || asked === 'false') return false;
  if (asked === 'true') return true;
  throw InvalidInput.field('X-OpenClaw-Detach', 'X-OpenClaw-Detach must be true or false');
}
