import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { type WebhookEvent } from './webhook.js';
import { isSoundSecret, signedBody } from './webhook-body.js';

const at = new Date('2026-11-20T12:00:00.123Z');
const event: WebhookEvent = {
  id: 'evt_1',
  tenant: 'default',
  at,
  name: 'message.sent',
  data: {
    messageId: 'msg_1',
    conversationId: 'c',
    channel: 'api',
    chatId: 'c',
    from: { id: 'main', name: 'main' },
    content: 'Grüße 世界 "x" \u2028',
    timestamp: at.toISOString(),
  },
};

describe('signedBody', () => {
  it('has the members in their order, and a signature over what stands before it', () => {
    const { body, headers } = signedBody(event, ['key'], new Date());
    const text = body.toString('utf8');
    const hmac = (bytes: string) => `sha256=${createHmac('sha256', 'key').update(bytes).digest('hex')}`;
    const unsigned = JSON.stringify({ event: event.name, timestamp: at.toISOString(), data: event.data });
    expect(text).toBe(`${unsigned.slice(0, -1)},"signature":"${hmac(unsigned)}"}`);
    expect(text).toBe(JSON.stringify(JSON.parse(text)));
    expect(headers['X-OpenClaw-Signature']).toBe(hmac(text));
    expect(headers['X-OpenClaw-Event']).toBe('message.sent');
  });

  it('is what Standard Webhooks’ own library takes, with either secret', () => {
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'a plain one'] as const;
    const { body, headers } = signedBody(event, secrets, new Date());
    const [current, previous] = secrets;
    const text = body.toString('utf8');
    expect(headers['webhook-id']).toBe('evt_1');
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(new StandardWebhook(current).verify(text, headers)).toEqual(JSON.parse(text));
    expect(new StandardWebhook(previous, { format: 'raw' }).verify(text, headers)).toEqual(JSON.parse(text));
    expect(() => new StandardWebhook('whsec_AAAA').verify(text, headers)).toThrow();
  });

  it('is the same for the same event', () => {
    const [one, two] = [1, 2].map((s) => signedBody(event, ['key'], new Date(s * 1_000)).body);
    expect(one).toEqual(two);
  });
});

describe('isSoundSecret', () => {
  it.each([
    ['any text', true],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', true],
    ['whsec_', false],
    ['whsec_not base64', false],
    ['whsec_abc', false],
    ['', false],
  ])('%s: %s', (secret, sound) => expect(isSoundSecret(secret)).toBe(sound));
});
