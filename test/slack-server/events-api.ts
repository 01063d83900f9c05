import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request of Slack's, and the status of the answer. */
export type PostEvent = (headers: Record<string, string>, body: Buffer) => Promise<number>;

export function signSlack(body: Buffer | string, secret: string, at = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` };
}

/** Posts an event until it is taken, as Slack does: the same payload, signed anew, with the number of the attempt. */
export async function postEvent(payload: unknown, secret: string, post: PostEvent, signal: AbortSignal): Promise<void> {
  const body = Buffer.from(JSON.stringify(payload));
  for (let attempt = 0; !signal.aborted; attempt++) {
    const retry = { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': 'http_error' };
    const headers = { 'content-type': 'application/json', ...signSlack(body, secret), ...(attempt > 0 && retry) };
    const status = await post(headers, body).catch(() => 0);
    if (status >= 200 && status < 300) return;
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
}
