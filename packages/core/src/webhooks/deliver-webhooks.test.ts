import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import type { WebhookFacts } from '../metrics/metrics.js';
import { SystemClock } from '../shared/clock.js';
import { Unavailable } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import { InMemoryLogger } from '../shared/logger.js';
import { CallEndpoint, type CallResult } from './call-endpoint.js';
import { DeliverWebhooks } from './deliver-webhooks.js';
import {
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpoints,
  InMemoryWebhookQueue,
  InMemoryWebhooks,
} from './in-memory-webhooks.js';
import type { OutgoingAnswer } from './outgoing-http.js';
import type { WebhookEndpoint, WebhookEvent } from './webhook.js';
import { WebhookSecretBox } from './webhook-secrets.js';

const TENANT = 'acme';

/** Everything but the line and the database. */
class House {
  readonly conversations = new InMemoryConversations();
  readonly data = new InMemoryWebhooks(this.conversations, new SystemClock());
  readonly endpoints = new InMemoryWebhookEndpoints(this.data);
  readonly deliveries = new InMemoryWebhookDeliveries(this.data);
  readonly queue = new InMemoryWebhookQueue(this.data);
  readonly logger = new InMemoryLogger();
  readonly facts: WebhookFacts[] = [];
  /** What was sent, as `endpoint:conversation`. */
  readonly sent: string[] = [];
  answer: (endpoint: WebhookEndpoint, event: WebhookEvent, signal?: AbortSignal) => Promise<Partial<CallResult>> =
    async () => ({ well: true });
  private readonly watchers = new Set<() => void>();
  readonly deliver = new DeliverWebhooks({
    queue: this.queue,
    clock: new SystemClock(),
    logger: this.logger,
    random: () => 0.5,
    metrics: { webhookAttempt: (facts) => void this.facts.push(facts) },
    call: {
      execute: async (endpoint, event, signal) => {
        this.sent.push(`${endpoint.url}:${'conversationId' in event.data ? event.data.conversationId : ''}`);
        this.notify();
        const answer = await this.answer(endpoint, event, signal);
        signal?.throwIfAborted();
        return { attempt: { at: new Date(), latencyMs: 1 }, well: false, gone: false, ...answer };
      },
    },
  });

  subscribe(url: string, backoffMs = 5): Promise<WebhookEndpoint> {
    const retry = { maxAttempts: 3, backoffMs };
    const secrets = { current: '' };
    return this.endpoints.create(
      TENANT,
      { id: newId('whk'), url, events: ['conversation.created'], retry, secrets, enabled: true },
      100,
    );
  }

  happen(id: string): void {
    this.conversations.open(TENANT, {
      id,
      channel: 'api',
      label: undefined,
      agentId: 'm',
      model: undefined,
      summary: '',
    });
  }

  async until(wanted: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!wanted()) return;
        this.watchers.delete(look);
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(look, 5);
      this.watchers.add(look);
      look();
    });
  }

  private notify(): void {
    for (const look of this.watchers) look();
  }
}

let house: House;
beforeEach(() => {
  house = new House();
});
afterEach(() => house.deliver.close());

describe('DeliverWebhooks', () => {
  it('brings what happens to the endpoints, and tells the metrics', async () => {
    await house.subscribe('x');
    house.deliver.start();
    house.happen('one');
    house.deliver.look();
    await house.until(() => house.facts.length === 1);
    expect(house.sent).toEqual(['x:one']);
    expect(house.facts[0]).toMatchObject({ outcome: 'delivered', seconds: 0.001 });
    await house.until(() => house.data.lanes.size === 0);
  });

  it('tries again until it is over, and logs when an endpoint begins to fail and when it is well again', async () => {
    await house.subscribe('x');
    house.answer = async () => ({ well: house.sent.length >= 5 });
    house.deliver.start();
    house.happen('one');
    await house.until(() => house.sent.length === 3);
    house.happen('two');
    await house.until(() => house.facts.length === 5);
    expect(house.facts.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'dead', 'retry', 'delivered']);
    const said = house.logger.entries.map(({ level, message }) => [level, message]);
    expect(said).toEqual([
      ['warn', 'a webhook endpoint does not take events'],
      ['info', 'a webhook endpoint takes events again'],
    ]);
  });

  it('disables an endpoint that is gone, and says so', async () => {
    const { id } = await house.subscribe('https://user-host.example/path?key=secret');
    house.answer = async () => ({ gone: true, attempt: { at: new Date(), latencyMs: 1, status: 410 } });
    house.deliver.start();
    house.happen('one');
    await house.until(() => house.logger.entries.some(({ message }) => message === 'webhook.disabled'));
    const line = house.logger.entries.find(({ message }) => message === 'webhook.disabled');
    expect(line).toMatchObject({ level: 'warn', endpoint: id, host: 'user-host.example', reason: 'gone' });
    expect(JSON.stringify(line)).not.toContain('secret');
    expect((await house.endpoints.find(TENANT, id))?.disabled?.reason).toBe('gone');
  });

  it('goes on at the others while one hangs, however much waits for it', async () => {
    await house.subscribe('hangs');
    await house.subscribe('well');
    const released = Promise.withResolvers<void>();
    house.answer = async ({ url }) => {
      if (url === 'hangs') await released.promise;
      return { well: true };
    };
    for (let i = 0; i < 100; i++) house.happen(`c${i}`);
    house.deliver.start();
    await house.until(() => house.sent.filter((sent) => sent.startsWith('well')).length >= 100);
    expect(house.sent.filter((sent) => sent.startsWith('hangs'))).toHaveLength(16);
    released.resolve();
  });

  it('waits for a database that is away, and settles then', async () => {
    const { id } = await house.subscribe('x');
    const settle = house.queue.settle.bind(house.queue);
    let away = 3;
    house.queue.settle = async (...args) => {
      if (away-- > 0) throw new Unavailable('away');
      return settle(...args);
    };
    house.deliver.start();
    house.happen('one');
    await house.until(() => house.data.lanes.size === 0 && house.sent.length > 0);
    expect(house.sent).toEqual(['x:one']);
    const { deliveries } = await house.deliveries.list(TENANT, id, {}, { limit: 5 });
    expect(deliveries.map(({ state }) => state)).toEqual(['delivered']);
    expect(house.logger.entries).toEqual([]);
  });

  it('lets what is under way end when it stops, and gives back the rest of the lane', async () => {
    const endpoint = await house.subscribe('x');
    await house.endpoints.change(TENANT, endpoint.id, { events: ['conversation.created', 'conversation.deleted'] });
    const released = Promise.withResolvers<void>();
    house.answer = async () => {
      await released.promise;
      return { well: true };
    };
    house.happen('one');
    const conversation = house.conversations.of(TENANT).get('one')?.conversation;
    if (conversation) house.conversations.tellOfConversation('conversation.deleted', TENANT, conversation);
    house.deliver.start();
    await house.until(() => house.sent.length === 1);
    const closed = house.deliver.close();
    released.resolve();
    await closed;
    expect(house.sent).toHaveLength(1);
    const [lane] = await house.queue.claim({ lanes: 10, perEndpoint: 10, of: new Map() });
    expect(lane?.deliveries.map(({ event }) => event.name)).toEqual(['conversation.deleted']);
  });
});

describe('CallEndpoint', () => {
  const endpoint: WebhookEndpoint = {
    id: 'whk_1',
    tenant: TENANT,
    source: 'api',
    url: 'https://x.example/',
    events: [],
    retry: { maxAttempts: 1, backoffMs: 1 },
    secrets: { current: 'sealed' },
    createdAt: new Date(),
    updatedAt: new Date(),
  };
  const event: WebhookEvent = {
    id: 'evt_1',
    tenant: TENANT,
    at: new Date(),
    name: 'webhook.test',
    data: { endpointId: 'whk_1', timestamp: '' },
  };
  const secrets = new WebhookSecretBox({ seal: async () => 'sealed', open: async () => 'opened' });

  function call(post: (signal: AbortSignal) => Promise<OutgoingAnswer>, attemptMs?: number): CallEndpoint {
    const http = { post: (_call: unknown, signal: AbortSignal) => post(signal), refusal: () => undefined };
    return new CallEndpoint(http, secrets, new SystemClock(), attemptMs);
  }

  it.each([
    [200, true, false],
    [204, true, false],
    [299, true, false],
    [199, false, false],
    [301, false, false],
    [410, false, true],
    [500, false, false],
  ])('judges %s', async (status, well, gone) => {
    const result = await call(async () => ({ status, text: '', retryAfterMs: 5 })).execute(endpoint, event);
    expect(result).toMatchObject({ well, gone, retryAfterMs: 5, attempt: { status } });
  });

  it('keeps what went wrong in words', async () => {
    const broken = call(() => Promise.reject(new Error('connection refused')));
    expect(await broken.execute(endpoint, event)).toMatchObject({
      well: false,
      attempt: { error: 'connection refused' },
    });
  });

  it('gives up in time', async () => {
    const hangs = call(
      (signal) =>
        new Promise((_, reject) => {
          const keepAlive = setInterval(() => undefined, 1_000);
          signal.addEventListener('abort', () => {
            clearInterval(keepAlive);
            reject(signal.reason as Error);
          });
        }),
      20,
    );
    expect(await hangs.execute(endpoint, event)).toMatchObject({
      well: false,
      attempt: { error: 'no answer within 0.02 s' },
    });
  });
});
