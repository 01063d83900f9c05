import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ChannelRequest } from '@openclaw/core';

/** Older requests may be somebody's recording; Slack's own clock is no further off than this. */
const TOLERANCE_S = 300;

/**
 * Whether the request was signed with the app's signing secret, over these very bytes, in the last few minutes.
 *
 * Bolt's own check takes the body as text, and lets the future pass.
 */
export function isSignedBySlack({ headers, body }: ChannelRequest, secret: string, now = Date.now()): boolean {
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = headers;
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp) || typeof signature !== 'string') return false;
  if (Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_S) return false;
  const expected = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}
