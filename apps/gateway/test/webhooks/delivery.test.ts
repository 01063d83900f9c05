import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { freshDatabase, type GatewayProcess, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { deliveries, MESSAGES, post, say, subscribe, webhook, WEBHOOKS_HERE, webhooks } from './endpoints.js';
import { answers, hangs, Receiver, type Received, resets, takes } from './receiver.js';

let gateway: GatewayProcess;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
  gateway = await startGateway({ database: await freshDatabase(), config: WEBHOOKS_HERE });
});

const QUICK = { retry: { maxAttempts: 4, backoffMs: 30 } };
let named = 0;
/** An endpoint and a conversation that no other test uses. */
const fresh = () => ({ path: `/hook-${++named}`, talk: `talk-${named}` });

function contents(received: Received[]): string[] {
  return received.map(({ body }) => body.data.content ?? body.event);
}

function verified({ raw, headers }: Received, secret: string, format?: 'raw'): unknown {
  const library = format === 'raw' ? new StandardWebhook(secret, { format }) : new StandardWebhook(secret);
  return library.verify(raw.toString('utf8'), headers as Record<string, string>);
}

describe('an event', () => {
  it('arrives as the contract says, signed in three ways', async () => {
    const { path, talk } = fresh();
    const { secret } = await subscribe(gateway, receiver.url + path);
    await gateway.fetch('/api/v1/message', {
      json: {
        message: 'Grüße, 世界 "quoted" </script>',
        conversation_id: talk,
        metadata: { user_id: 'u1', user_name: 'Ana' },
      },
    });
    const [first] = await receiver.until(path, (received) => received.length === 2);
    if (!first) throw new Error('nothing came');
    const { raw, headers, body } = first;
    const text = raw.toString('utf8');
    expect(text).toBe(JSON.stringify(body));
    expect(Object.keys(body)).toEqual(['event', 'timestamp', 'data', 'signature']);
    expect(Object.keys(body.data)).toEqual([
      'messageId',
      'conversationId',
      'channel',
      'chatId',
      'from',
      'content',
      'timestamp',
    ]);
    expect(body).toMatchObject({
      event: 'message.received',
      data: {
        conversationId: talk,
        channel: 'api',
        chatId: talk,
        from: { id: 'u1', name: 'Ana' },
        content: 'Grüße, 世界 "quoted" </script>',
      },
    });
    const { signature, ...unsigned } = body;
    const hmac = (bytes: string | Buffer) => `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;
    expect(signature).toBe(hmac(JSON.stringify(unsigned)));
    expect(headers['x-openclaw-signature']).toBe(hmac(raw));
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-openclaw-event': 'message.received',
      'webhook-id': expect.stringMatching(/^evt_/),
      'user-agent': expect.stringMatching(/^OpenClaw-Gateway\//),
    });
    expect(verified(first, secret)).toEqual(body);
    expect(() => verified({ ...first, raw: Buffer.from(text.replace('世界', '世间')) }, secret)).toThrow();
  });

  it('is signed with both secrets while one is being replaced', async () => {
    const { path, talk } = fresh();
    const { id } = await subscribe(gateway, receiver.url + path, { events: ['message.sent'], secret: 'a plain word' });
    const { secret } = await post<{ secret: string }>(gateway, `/${id}/rotate-secret`);
    await say(gateway, 'hello', talk);
    const [first] = await receiver.until(path, (received) => received.length === 1);
    if (!first) throw new Error('nothing came');
    expect(verified(first, secret)).toEqual(first.body);
    expect(verified(first, 'a plain word', 'raw')).toEqual(first.body);
  });

  it('of every kind arrives at who wants it', async () => {
    const { path, talk } = fresh();
    await subscribe(gateway, receiver.url + path, { events: ['conversation.created', 'conversation.deleted'] });
    await say(gateway, 'hello', talk);
    await gateway.fetch(`/api/v1/conversations/${talk}`, { method: 'DELETE' });
    const received = await receiver.until(path, (all) => all.length === 2);
    expect(received.map(({ body }) => [body.event, Object.keys(body.data)])).toEqual([
      ['conversation.created', ['conversationId', 'channel', 'timestamp']],
      ['conversation.deleted', ['conversationId', 'channel', 'timestamp']],
    ]);
  });
});

describe('an endpoint that does not take an event', () => {
  it.each([
    ['answers 500', answers(500, {}, 'broken')],
    ['answers 302', answers(302, { Location: '/elsewhere' })],
    ['answers 404', answers(404)],
    ['breaks the connection', resets],
  ])('and %s gets it again, under the same id, before what came after it', async (_name, fault) => {
    const { path, talk } = fresh();
    receiver.on(path, (res, request, nth) => (nth <= 2 ? fault : takes)(res, request, nth));
    const { id } = await subscribe(gateway, receiver.url + path, QUICK);
    await say(gateway, 'hello', talk);
    const received = await receiver.until(path, (all) => all.length === 4);
    expect(contents(received).slice(0, 3)).toEqual(['hello', 'hello', 'hello']);
    expect(received[3]?.body.event).toBe('message.sent');
    expect(new Set(received.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(receiver.at('/elsewhere')).toEqual([]);
    const [sent, first] = await eventually(
      () => deliveries(gateway, id, '&state=delivered'),
      (list) => list.length === 2,
    );
    expect(first?.attempts).toHaveLength(3);
    expect(sent?.attempts).toHaveLength(1);
  });

  it('is waited for as long as it asks', async () => {
    const { path, talk } = fresh();
    receiver.on(path, (res, request, nth) =>
      (nth === 1 ? answers(429, { 'Retry-After': '1' }) : takes)(res, request, nth),
    );
    await subscribe(gateway, receiver.url + path, { ...QUICK, events: ['message.received'] });
    await say(gateway, 'hello', talk);
    const [first, second] = await receiver.until(path, (all) => all.length === 2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(995);
  });

  it('is given up after maxAttempts, and can have it sent again: one by one, or all since a time', async () => {
    const { path, talk } = fresh();
    receiver.on(path, answers(503, {}, 'x'.repeat(3_000)));
    const { id } = await subscribe(gateway, receiver.url + path, { retry: { maxAttempts: 2, backoffMs: 20 } });
    const since = new Date(Date.now() - 1_000).toISOString();
    await say(gateway, 'hello', talk);
    const dead = await eventually(
      () => deliveries(gateway, id, '&state=dead'),
      (list) => list.length === 2,
    );
    expect(dead[1]?.attempts.map(({ status, response }) => [status, response?.length])).toEqual([
      [503, 1_024],
      [503, 1_024],
    ]);
    expect((await webhook(gateway, id)).status).toBe('failing');
    const health = (await (await gateway.fetch('/health/detail')).json()) as { webhooks: object };
    expect(health.webhooks).toMatchObject({ status: 'degraded' });
    receiver.on(path, takes);
    await post(gateway, `/deliveries/${dead[0]?.id}/redeliver`);
    await receiver.until(path, (all) => all.length === 5);
    expect(await post(gateway, `/${id}/redeliver`, { since })).toEqual({ redelivered: 1 });
    const received = await receiver.until(path, (all) => all.length === 6);
    expect(received.slice(4).map(({ body }) => body.event)).toEqual(['message.sent', 'message.received']);
    await eventually(
      () => webhook(gateway, id),
      ({ status }) => status === 'active',
    );
    const text = await (await gateway.fetch('/metrics')).text();
    expect(text).toMatch(/openclaw_webhook_attempt_duration_seconds_count\{outcome="dead"\} [1-9]/);
    expect(text).toMatch(/openclaw_webhook_deliveries_pending \d/);
  });

  it('and says 410 is called no more', async () => {
    const { path, talk } = fresh();
    const { promise: bothWait, resolve: goOn } = Promise.withResolvers<void>();
    receiver.on(path, (...call) => void bothWait.then(() => answers(410)(...call)));
    const { id } = await subscribe(gateway, receiver.url + path, QUICK);
    await say(gateway, 'hello', talk);
    await eventually(
      () => deliveries(gateway, id),
      (all) => all.length === 2,
    );
    goOn();
    const disabled = await eventually(
      () => webhook(gateway, id),
      ({ status }) => status === 'disabled',
    );
    expect(disabled.disabled_reason).toBe('gone');
    await gateway.logged(new RegExp(`webhook\\.disabled.*${id}`));
    const list = await eventually(
      () => deliveries(gateway, id),
      (all) => all.length === 2 && all.every(({ state }) => state === 'dead'),
    );
    expect(list.map(({ attempts }) => attempts.length)).toEqual([0, 1]);
    expect(receiver.at(path)).toHaveLength(1);
  });

  it('or hangs delays no other one', async () => {
    const { path: hanging, talk } = fresh();
    const { path } = fresh();
    receiver.on(hanging, hangs);
    const slow = await subscribe(gateway, receiver.url + hanging);
    await subscribe(gateway, receiver.url + path);
    for (let i = 0; i < 30; i++) await say(gateway, `hello ${i}`, `${talk}-${i}`);
    // Within the attempt's 15 seconds: what hangs has not ended yet.
    await receiver.until(path, (all) => all.length === 60);
    expect((await deliveries(gateway, slow.id)).every(({ attempts }) => attempts.length === 0)).toBe(true);
    await gateway.fetch(`/api/v1/webhooks/${slow.id}`, { method: 'DELETE' });
    await eventually(
      () => webhooks(gateway),
      (list) => list.every(({ id }) => id !== slow.id),
    );
  });
});

describe('a deleted conversation', () => {
  it('is told of, and its texts are sent to nobody any more', async () => {
    const { path, talk } = fresh();
    receiver.on(path, answers(500));
    const { id } = await subscribe(gateway, receiver.url + path, {
      events: [...MESSAGES, 'conversation.deleted'],
      retry: { maxAttempts: 50, backoffMs: 20 },
    });
    await say(gateway, 'a secret', talk);
    await receiver.until(path, (all) => all.length >= 1);
    await gateway.fetch(`/api/v1/conversations/${talk}`, { method: 'DELETE' });
    receiver.on(path, takes);
    const received = await receiver.until(path, (all) => all.at(-1)?.body.event === 'conversation.deleted');
    const delivered = received.slice(-3);
    expect(delivered.map(({ body }) => [body.event, body.data.content])).toEqual([
      ['message.received', ''],
      ['message.sent', ''],
      ['conversation.deleted', undefined],
    ]);
    await eventually(
      () => deliveries(gateway, id, '&state=delivered'),
      (list) => list.length === 3,
    );
  });
});

describe('private addresses', () => {
  it('are refused where they are named, and where a name leads to them, unless they are allowed', async () => {
    const strict = await startGateway({ database: await freshDatabase(), config: {} });
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::1]', '[::ffff:10.0.0.1]', '169.254.169.254']) {
      const response = await strict.fetch('/api/v1/webhooks', { json: { url: `http://${host}/`, events: MESSAGES } });
      expect(response.status).toBe(400);
      expect(((await response.json()) as { message: string }).message).toContain('must be a public address');
    }
    // Allowed while it is made, and not any more when it is called.
    const allow = (allowed: boolean) =>
      strict.fetch('/api/v1/config', {
        method: 'PUT',
        json: { api: { webhooks: { allowPrivateNetworks: allowed } } },
      });
    const { path, talk } = fresh();
    await allow(true);
    const { id } = await subscribe(strict, receiver.url + path, { retry: { maxAttempts: 1 } });
    await say(strict, 'one', talk);
    await receiver.until(path, (all) => all.length === 2);
    await allow(false);
    await say(strict, 'two', talk);
    const dead = await eventually(
      () => deliveries(strict, id, '&state=dead'),
      (list) => list.length === 2,
    );
    expect(dead[0]?.attempts[0]?.error).toContain('is not a public address');
    expect(receiver.at(path)).toHaveLength(2);
  });
});

describe('endpoints of the configuration', () => {
  it('are there from the start on, and change with it', async () => {
    const { path, talk } = fresh();
    const { path: second } = fresh();
    const outgoing = [{ url: receiver.url + path, secret: 'whsec_c2VjcmV0', events: MESSAGES }];
    const config = { api: { webhooks: { allowPrivateNetworks: true, outgoing } } };
    const own = await freshDatabase();
    const configured = await startGateway({ database: own, config });
    const [first] = await eventually(
      () => webhooks(configured),
      (list) => list.length === 1,
    );
    expect(first).toMatchObject({ source: 'config', url: receiver.url + path, status: 'active' });
    await say(configured, 'hello', talk);
    const [received] = await receiver.until(path, (all) => all.length === 2);
    if (!received) throw new Error('nothing came');
    expect(verified(received, 'whsec_c2VjcmV0')).toEqual(received.body);
    const patched = await configured.fetch('/api/v1/config', {
      method: 'PUT',
      json: {
        api: { webhooks: { outgoing: [{ url: receiver.url + second, secret: 'other', events: ['message.sent'] }] } },
      },
    });
    expect(patched.status).toBe(200);
    await eventually(
      () => webhooks(configured),
      (list) => list.length === 1 && list[0]?.url === receiver.url + second,
    );
    await say(configured, 'again', talk);
    await receiver.until(second, (all) => all.length === 1);
    expect(receiver.at(path)).toHaveLength(2);
    expect(configured.logs()).not.toContain('c2VjcmV0');
    // They are the same ones after a restart.
    const before = await webhooks(configured);
    expect(await configured.stop()).toBe(0);
    const again = await startGateway({ database: own, home: configured.home });
    expect(await webhooks(again)).toEqual(before);
  });
});
