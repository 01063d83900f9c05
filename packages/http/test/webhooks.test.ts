import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DELIVERY_STATES, WEBHOOK_EVENTS } from '@openclaw/contracts';
import { DELIVERY_STATES as STATES, EVENT_NAMES, isSoundSecret } from '@openclaw/core';
import { type Answer, call as callGateway, startGateway, type TestGateway, TOKENS } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

beforeEach(() => {
  gateway.receivers.answer = { status: 200, text: 'ok' };
});

const PATH = '/api/v1/webhooks';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const NEW = { url: 'https://crm.example.com/hook', events: ['message.received', 'message.sent'] };

function call(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
  return callGateway(
    gateway,
    method,
    PATH + path,
    body,
    token === undefined ? {} : { Authorization: `Bearer ${token}` },
  );
}

async function created(more: object = {}): Promise<{ id: string; secret: string }> {
  return (await call('POST', '', { ...NEW, ...more })).json;
}

/** One message and its answer, passed on, tried once by us. */
async function deliver(outcome: 'delivered' | 'dead', conversation = 'talk'): Promise<void> {
  await callGateway(gateway, 'POST', '/api/v1/message', { message: 'hello', conversation_id: conversation });
  await gateway.webhookQueue.fanOut();
  const lanes = await gateway.webhookQueue.claim({ lanes: 100, perEndpoint: 100, of: new Map() });
  const attempt = { at: new Date(), latencyMs: 3, status: outcome === 'dead' ? 500 : 204 };
  await gateway.webhookQueue.settle(
    lanes.flatMap((lane) => lane.deliveries.map((delivery) => ({ lane, delivery, outcome, attempt, gone: false }))),
    lanes.map((lane) => ({ lane, pauseMs: 0 })),
    1e9,
  );
}

describe('webhooks', () => {
  it('can be told of everything that happens', () => {
    expect(WEBHOOK_EVENTS).toEqual(EVENT_NAMES);
    expect(DELIVERY_STATES).toEqual(STATES);
  });

  it('are made with a secret that is shown this once', async () => {
    const answer = await call('POST', '', NEW);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^whk_[0-9a-z]{26}$/),
      url: NEW.url,
      events: NEW.events,
      retry: { maxAttempts: 3, backoffMs: 5_000 },
      enabled: true,
      status: 'active',
      source: 'api',
      created_at: TIME,
      updated_at: TIME,
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    expect(isSoundSecret(answer.json.secret)).toBe(true);
    const { secret: _secret, ...rest } = answer.json;
    expect((await call('GET', `/${rest.id}`)).json).toEqual(rest);
    const list = await call('GET', '');
    expect(list.json.webhooks).toContainEqual(rest);
    expect(list.json.total).toBe(list.json.webhooks.length);
    expect(list.text).not.toContain(answer.json.secret);
  });

  it('are made as wanted', async () => {
    const wanted = { secret: 'my own', retry: { maxAttempts: 9, backoffMs: null }, enabled: false };
    const { status, json } = await call('POST', '', {
      ...NEW,
      events: ['channel.connected', 'channel.connected'],
      ...wanted,
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      secret: 'my own',
      retry: { maxAttempts: 9, backoffMs: 5_000 },
      enabled: false,
      status: 'disabled',
      disabled_reason: 'operator',
      events: ['channel.connected'],
    });
  });

  it.each<[string, object, string, RegExp]>([
    ['no url', { url: undefined }, 'url', /^url must be a string of 1 to 2000 characters.*, got nothing$/],
    ['another protocol', { url: 'ftp://x.example' }, 'url', /^url must be an http:\/\/ or https:\/\/ URL/],
    ['a password in the url', { url: 'https://a:b@x.example' }, 'url', /without user and password/],
    ['no url at all', { url: 'x y' }, 'url', /^url must be an http/],
    ['an address that is not public', { url: 'http://private/' }, 'url', /^url must be a public address/],
    ['no events', { events: [] }, 'events', /^events must be a list of message\.received, .*, got an empty list$/],
    ['an unknown event', { events: ['message.sent', 'nonsense'] }, 'events', /got "nonsense" in it$/],
    ['events that are no list', { events: 'message.sent' }, 'events', /got "message.sent"$/],
    ['an empty secret', { secret: '' }, 'secret', /^secret must be a non-empty string/],
    [
      'a secret that only looks like one',
      { secret: 'whsec_***' },
      'secret',
      /^secret must be base64 behind its prefix/,
    ],
    ['no attempt', { retry: { maxAttempts: 0 } }, 'retry.maxAttempts', /whole number from 1 to 100, got 0$/],
    ['half a millisecond', { retry: { backoffMs: 0.5 } }, 'retry.backoffMs', /got 0\.5$/],
    ['a word for a flag', { enabled: 'yes' }, 'enabled', /^enabled must be true or false, got "yes"$/],
  ])('are refused with %s', async (_name, change, field, message) => {
    const { status, json } = await call('POST', '', { ...NEW, ...change });
    expect(status).toBe(400);
    expect(json.details.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it.each(['PUT', 'PATCH'])('are changed by %s', async (method) => {
    const { id } = await created();
    const changed = await call(method, `/${id}`, { events: ['message.failed'], retry: { backoffMs: 100 }, unknown: 1 });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('x-openclaw-ignored')).toBe('unknown');
    expect(changed.json).toMatchObject({
      url: NEW.url,
      events: ['message.failed'],
      retry: { maxAttempts: 3, backoffMs: 100 },
    });
    expect((await call(method, `/${id}`, { enabled: false })).json).toMatchObject({
      status: 'disabled',
      enabled: false,
    });
    expect((await call(method, `/${id}`, { enabled: true })).json).toMatchObject({ status: 'active', enabled: true });
    expect((await call(method, `/${id}`, { url: 'mailto:x' })).status).toBe(400);
  });

  it('are deleted', async () => {
    const { id } = await created();
    const deleted = await call('DELETE', `/${id}`);
    expect(deleted.status).toBe(200);
    expect(deleted.json).toEqual({ id, deleted: true });
    expect((await call('GET', `/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/${id}`)).json.message).toBe(`There is no webhook "${id}"`);
  });

  it('get another secret, and sign with both for a while', async () => {
    const { id, secret } = await created();
    const rotated = await call('POST', `/${id}/rotate-secret`);
    expect(rotated.status).toBe(200);
    expect(rotated.json.secret).not.toBe(secret);
    expect(Date.parse(rotated.json.previous_secret_until) - Date.now()).toBeGreaterThan(86_000_000);
    await call('POST', `/${id}/test`);
    expect(gateway.receivers.calls.at(-1)?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    const own = await call('POST', `/${id}/rotate-secret`, { secret: 'my own', overlap_seconds: 0 });
    expect(own.json.secret).toBe('my own');
    await call('POST', `/${id}/test`, {});
    expect(gateway.receivers.calls.at(-1)?.headers['webhook-signature']?.split(' ')).toHaveLength(1);
    expect((await call('POST', `/${id}/rotate-secret`, { overlap_seconds: -1 })).status).toBe(400);
  });

  it('are tested at once, whether or not they are enabled', async () => {
    const { id } = await created({ enabled: false });
    const well = await call('POST', `/${id}/test`);
    expect(well.status).toBe(200);
    expect(well.json).toEqual({
      delivery_id: expect.stringMatching(/^dlv_/),
      delivered: true,
      attempt: { at: TIME, latency_ms: expect.any(Number), status: 200, response: 'ok' },
    });
    const sent = gateway.receivers.calls.at(-1);
    expect(JSON.parse(String(sent?.body))).toMatchObject({ event: 'webhook.test', data: { endpointId: id } });
    gateway.receivers.answer = { status: 503, text: '' };
    expect((await call('POST', `/${id}/test`)).json).toMatchObject({ delivered: false, attempt: { status: 503 } });
    const { json } = await call('GET', `/${id}/deliveries`);
    expect(json.deliveries.map(({ state, event }: Record<string, string>) => [state, event])).toEqual([
      ['dead', 'webhook.test'],
      ['delivered', 'webhook.test'],
    ]);
    const again = await call('POST', `/deliveries/${json.deliveries[0].id}/redeliver`);
    expect(again.status).toBe(409);
  });
});

describe('deliveries', () => {
  it('are listed, by state, in pages', async () => {
    const { id } = await created();
    await deliver('delivered', 'one');
    await deliver('dead', 'two');
    const all = await call('GET', `/${id}/deliveries`);
    expect(all.json.deliveries).toHaveLength(4);
    expect(all.json.next_cursor).toBeUndefined();
    expect(all.json.deliveries[0]).toEqual({
      id: expect.stringMatching(/^dlv_[0-9a-z]+_[0-9a-z]{26}$/),
      webhook_id: id,
      event_id: expect.stringMatching(/^evt_/),
      event: 'message.sent',
      conversation_id: 'two',
      state: 'dead',
      created_at: TIME,
      attempts: [{ at: TIME, latency_ms: 3, status: 500 }],
      ended_at: TIME,
    });
    const dead = await call('GET', `/${id}/deliveries?state=dead&limit=1`);
    expect(dead.json.deliveries).toEqual([all.json.deliveries[0]]);
    const rest = await call('GET', `/${id}/deliveries?state=dead&limit=1&cursor=${dead.json.next_cursor}`);
    expect(rest.json).toEqual({ deliveries: [all.json.deliveries[1]] });
    expect((await call('GET', `/deliveries/${all.json.deliveries[2].id}`)).json).toEqual(all.json.deliveries[2]);
    for (const query of ['state=lost', 'limit=0', 'limit=101', 'cursor=nonsense'])
      expect((await call('GET', `/${id}/deliveries?${query}`)).status).toBe(400);
  });

  it('are sent again: one, or all dead ones since a time', async () => {
    const { id } = await created();
    const since = new Date().toISOString();
    await deliver('dead');
    const [last] = (await call('GET', `/${id}/deliveries`)).json.deliveries;
    const again = await call('POST', `/deliveries/${last.id}/redeliver`);
    expect(again.status).toBe(202);
    expect(again.json).toMatchObject({ id: last.id, state: 'pending', next_attempt_at: TIME });
    expect((await call('POST', `/deliveries/${last.id}/redeliver`)).status).toBe(409);
    const all = await call('POST', `/${id}/redeliver`, { since });
    expect(all.status).toBe(202);
    expect(all.json).toEqual({ redelivered: 1 });
    expect((await call('POST', `/${id}/redeliver`, { since: 'yesterday' })).status).toBe(400);
    await call('PATCH', `/${id}`, { enabled: false });
    expect((await call('POST', `/${id}/redeliver`, { since })).json).toMatchObject({
      error: 'conflict',
      message: `Webhook "${id}" is disabled; enable it first`,
    });
    expect((await call('POST', `/deliveries/${last.id}/redeliver`)).status).toBe(409);
  });
});

describe('another tenant’s admin', () => {
  it('finds and changes nothing', async () => {
    const { id } = await created();
    await deliver('dead');
    const [delivery] = (await call('GET', `/${id}/deliveries`)).json.deliveries;
    expect((await call('GET', '', undefined, TOKENS.admin)).json).toEqual({ webhooks: [], total: 0 });
    for (const [method, path, body] of [
      ['GET', `/${id}`],
      ['PATCH', `/${id}`, { enabled: false }],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/rotate-secret`],
      ['POST', `/${id}/test`],
      ['POST', `/${id}/redeliver`, { since: '2026-01-01' }],
      ['GET', `/${id}/deliveries`],
      ['GET', `/deliveries/${delivery.id}`],
      ['POST', `/deliveries/${delivery.id}/redeliver`],
    ] as const)
      expect((await call(method, path, body, TOKENS.admin)).status).toBe(404);
    expect((await call('GET', `/${id}`)).json).toMatchObject({ enabled: true });
  });

  it('is an admin all the same; others are not', async () => {
    for (const token of [TOKENS.chat, TOKENS.read, TOKENS.send, TOKENS.other]) {
      expect((await call('GET', '', undefined, token)).status).toBe(403);
      expect((await call('POST', '', NEW, token)).status).toBe(403);
    }
    expect((await call('POST', '', NEW, TOKENS.admin)).status).toBe(201);
  });
});

describe('webhooks of the configuration', () => {
  it('are read only', async () => {
    const { webhooks } = gateway.deps;
    const { id } = await created();
    const endpoint = await webhooks.find('default', id);
    Object.assign(endpoint, { source: 'config' });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ source: 'config' });
    for (const [method, path, body] of [
      ['PATCH', `/${id}`, { enabled: false }],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/rotate-secret`],
    ] as const) {
      const answer = await call(method, path, body);
      expect(answer.status).toBe(409);
      expect(answer.json.message).toContain('comes from the configuration');
    }
    expect((await call('POST', `/${id}/test`)).status).toBe(200);
  });
});
