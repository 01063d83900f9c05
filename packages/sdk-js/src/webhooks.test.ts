import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { FakeGateway, json } from '../test/fake-gateway.js';
import { OpenClawClient, verifyWebhook, WebhookVerificationError } from './index.js';

describe('webhooks', () => {
  let gateway: FakeGateway;
  let client: OpenClawClient;
  beforeEach(async () => {
    gateway = new FakeGateway();
    await gateway.start();
    client = new OpenClawClient({ baseUrl: gateway.url, token: 'secret' });
  });
  afterEach(() => gateway.stop());

  it('are managed where the gateway has them', async () => {
    gateway.will(json(200, {}));
    const webhook = { url: 'https://x.example', events: ['message.sent' as const] };
    await client.webhooks.list();
    await client.webhooks.create(webhook);
    await client.webhooks.get('a/b');
    await client.webhooks.update('w', { enabled: false });
    await client.webhooks.delete('w');
    await client.webhooks.rotateSecret('w', { overlapSeconds: 60 });
    await client.webhooks.deliveries('w', { state: 'dead', limit: 5, cursor: 'c' });
    await client.webhooks.delivery('d');
    await client.webhooks.redeliver('d');
    await client.webhooks.redeliverSince('w', new Date(0));
    await client.webhooks.test('w');
    expect(gateway.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/api/v1/webhooks', undefined],
      ['POST', '/api/v1/webhooks', webhook],
      ['GET', '/api/v1/webhooks/a%2Fb', undefined],
      ['PUT', '/api/v1/webhooks/w', { enabled: false }],
      ['DELETE', '/api/v1/webhooks/w', undefined],
      ['POST', '/api/v1/webhooks/w/rotate-secret', { overlap_seconds: 60 }],
      ['GET', '/api/v1/webhooks/w/deliveries?state=dead&limit=5&cursor=c', undefined],
      ['GET', '/api/v1/webhooks/deliveries/d', undefined],
      ['POST', '/api/v1/webhooks/deliveries/d/redeliver', undefined],
      ['POST', '/api/v1/webhooks/w/redeliver', { since: '1970-01-01T00:00:00.000Z' }],
      ['POST', '/api/v1/webhooks/w/test', undefined],
    ]);
  });
});

describe('verifyWebhook', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const event = {
    event: 'message.sent',
    timestamp: '2026-11-20T12:00:00.000Z',
    data: { content: 'Grüße 世界' },
    signature: 'x',
  };
  const body = JSON.stringify(event);

  function headers(text = body, at = new Date(), key = secret): Record<string, string> {
    return {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new StandardWebhook(key).sign('evt_1', at, text),
    };
  }

  it('gives the event of a request that is sound, whatever its form', async () => {
    expect(await verifyWebhook(body, headers(), secret)).toEqual(event);
    expect(await verifyWebhook(Buffer.from(body), new Headers(headers()), secret)).toEqual(event);
    expect(await verifyWebhook(body, { ...headers(), 'webhook-id': ['evt_1'] }, ['other', secret])).toEqual(event);
  });

  it('takes a secret that is a plain text', async () => {
    const seconds = String(Math.floor(Date.now() / 1_000));
    const signature = createHmac('sha256', 'plain').update(`evt_1.${seconds}.${body}`).digest('base64');
    const given = {
      'webhook-id': 'evt_1',
      'webhook-timestamp': seconds,
      'webhook-signature': `v1a,zz v1,!! v1,${signature}`,
    };
    expect(await verifyWebhook(body, given, 'plain')).toEqual(event);
  });

  const old = new Date(Date.now() - 301_000);
  const early = new Date(Date.now() + 302_000);
  it.each<[string, Parameters<typeof verifyWebhook>, string]>([
    ['another body', [`${body} `, headers(), secret], 'No signature'],
    ['another secret', [body, headers(), 'whsec_AAAA'], 'No signature'],
    ['an old time', [body, headers(body, old), secret], 'not within 300 s'],
    ['an early time', [body, headers(body, early), secret], 'not within 300 s'],
    ['a time that is none', [body, { ...headers(), 'webhook-timestamp': 'soon' }, secret], 'not within'],
    ['another id', [body, { ...headers(), 'webhook-id': 'evt_2' }, secret], 'No signature'],
    ['no signature', [body, { ...headers(), 'webhook-signature': undefined }, secret], 'no header webhook-signature'],
    ['bytes that are no text', [new Uint8Array([0xff, 0xfe]), headers(), secret], 'no UTF-8'],
    ['a secret that is broken', [body, headers(), 'whsec_%%%'], 'no base64'],
    ['text that is no JSON', ['{', headers('{'), secret], 'no JSON'],
  ])('refuses %s', async (_name, args, message) => {
    await expect(verifyWebhook(...args)).rejects.toThrow(message);
    await expect(verifyWebhook(...args)).rejects.toThrow(WebhookVerificationError);
  });

  it('may be more patient', async () => {
    expect(await verifyWebhook(body, headers(body, old), secret, { toleranceSeconds: 600 })).toEqual(event);
  });
});
