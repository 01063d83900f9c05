import { type InMemoryConversations, withoutText } from '../conversations/in-memory-conversations.js';
import type { Clock } from '../shared/clock.js';
import { Conflict } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import {
  type Attempt,
  type Delivery,
  deliveryId,
  type DeliveryState,
  TEST_EVENT,
  type WebhookEndpoint,
  type WebhookEvent,
} from './webhook.js';
import { type DeliveryCursor, type DeliveryPage, type PutBack, WebhookDeliveries } from './webhook-deliveries.js';
import {
  type ConfiguredEndpoint,
  type EndpointChange,
  type NewEndpoint,
  WebhookEndpoints,
} from './webhook-endpoints.js';
import {
  CLAIM_MS,
  type ClaimedLane,
  type FanOut,
  type Release,
  type Room,
  type Settled,
  type Settlement,
  WebhookQueue,
} from './webhook-queue.js';

const PAGE = 200;
const LANE_DELIVERIES = 10;
const DAY_MS = 86_400_000;

interface StoredEndpoint {
  endpoint: WebhookEndpoint;
  /** The number of the first event that it gets; undefined while it is disabled. */
  activeFrom: number | undefined;
}

interface StoredDelivery {
  tenant: string;
  delivery: Delivery;
  event: WebhookEvent;
  lane: string;
  no: number;
  tries: number;
}

interface Lane {
  tenant: string;
  endpointId: string;
  lane: string;
  nextAt: number;
  claim: string | undefined;
}

/** What the three in-memory parts look at. */
export class InMemoryWebhooks {
  readonly endpoints = new Map<string, StoredEndpoint>();
  readonly deliveries = new Map<string, StoredDelivery>();
  readonly lanes = new Map<string, Lane>();
  readonly texts: InMemoryConversations;
  /** How many events were passed on. */
  passed: number;
  numbers = 0;

  constructor(
    data: InMemoryConversations,
    readonly clock: Clock,
  ) {
    this.texts = data;
    this.passed = data.events.length;
    data.forgetters.add((tenant, conversationId) => {
      for (const stored of this.deliveries.values()) {
        if (stored.tenant !== tenant || stored.delivery.conversationId !== conversationId) continue;
        stored.event = withoutText(stored.event, conversationId);
        for (const attempt of stored.delivery.attempts) delete attempt.response;
      }
    });
  }

  get now(): number {
    return this.clock.now().getTime();
  }

  endpoint(tenant: string, id: string): StoredEndpoint | undefined {
    return this.endpoints.get(key(tenant, id));
  }

  pendingOf({ tenant, endpointId, lane }: Lane): StoredDelivery[] {
    return [...this.deliveries.values()]
      .filter((stored) => stored.tenant === tenant && stored.lane === lane && stored.delivery.state === 'pending')
      .filter((stored) => stored.delivery.endpointId === endpointId)
      .sort((a, b) => a.no - b.no);
  }

  lay(tenant: string, endpointId: string, lane: string): void {
    const at = key(tenant, endpointId, lane);
    if (!this.lanes.has(at)) this.lanes.set(at, { tenant, endpointId, lane, nextAt: this.now, claim: undefined });
  }
}

export class InMemoryWebhookEndpoints extends WebhookEndpoints {
  constructor(private readonly data: InMemoryWebhooks) {
    super();
  }

  async list(tenant: string): Promise<WebhookEndpoint[]> {
    return this.all().filter((endpoint) => endpoint.tenant === tenant);
  }

  async find(tenant: string, id: string): Promise<WebhookEndpoint | undefined> {
    return this.data.endpoint(tenant, id)?.endpoint;
  }

  async create(tenant: string, wanted: NewEndpoint, most: number): Promise<WebhookEndpoint> {
    if ((await this.list(tenant)).length >= most)
      throw new Conflict(`There are ${most} webhooks already; delete one first`);
    return this.put({ ...wanted, tenant }, 'api');
  }

  async change(
    tenant: string,
    id: string,
    { enabled, ...change }: EndpointChange,
  ): Promise<WebhookEndpoint | undefined> {
    const stored = this.data.endpoint(tenant, id);
    if (!stored) return undefined;
    const now = this.data.clock.now();
    stored.endpoint = { ...stored.endpoint, ...change, updatedAt: now };
    const { disabled, failingSince, ...rest } = stored.endpoint;
    if (enabled && disabled) {
      stored.endpoint = rest;
      stored.activeFrom = this.data.texts.events.length;
    } else if (enabled === false && !disabled) {
      stored.endpoint = { ...rest, ...(failingSince && { failingSince }), disabled: { reason: 'operator', at: now } };
      stored.activeFrom = undefined;
      giveUp(this.data);
    }
    return stored.endpoint;
  }

  async delete(tenant: string, id: string): Promise<boolean> {
    return this.data.endpoints.delete(key(tenant, id));
  }

  async configured(): Promise<WebhookEndpoint[]> {
    return this.all().filter((endpoint) => endpoint.source === 'config');
  }

  async configure(wanted: readonly ConfiguredEndpoint[]): Promise<void> {
    const ids = new Set(wanted.map(({ tenant, id }) => key(tenant, id)));
    for (const { tenant, id } of await this.configured())
      if (!ids.has(key(tenant, id))) this.data.endpoints.delete(key(tenant, id));
    for (const each of wanted) {
      const before = this.data.endpoint(each.tenant, each.id);
      if (!before) this.put(each, 'config');
      else if (!isAsBefore(before.endpoint, each)) {
        const { events, retry, secrets, enabled } = each;
        await this.change(each.tenant, each.id, { events, retry, secrets, enabled });
      }
    }
  }

  async counts(): Promise<{ active: number; failing: number; disabled: number }> {
    const all = this.all();
    const active = all.filter((endpoint) => !endpoint.disabled);
    return {
      active: active.length,
      failing: active.filter((endpoint) => endpoint.failingSince).length,
      disabled: all.filter(({ disabled }) => disabled && disabled.reason !== 'operator').length,
    };
  }

  private all(): WebhookEndpoint[] {
    return [...this.data.endpoints.values()].map((stored) => stored.endpoint);
  }

  private put({ enabled, ...wanted }: ConfiguredEndpoint, source: 'api' | 'config'): WebhookEndpoint {
    const now = this.data.clock.now();
    const endpoint: WebhookEndpoint = {
      ...wanted,
      source,
      createdAt: now,
      updatedAt: now,
      ...(!enabled && { disabled: { reason: 'operator', at: now } }),
    };
    this.data.endpoints.set(key(wanted.tenant, wanted.id), {
      endpoint,
      activeFrom: enabled ? this.data.texts.events.length : undefined,
    });
    return endpoint;
  }
}

export class InMemoryWebhookDeliveries extends WebhookDeliveries {
  constructor(private readonly data: InMemoryWebhooks) {
    super();
  }

  async list(
    tenant: string,
    endpointId: string,
    { state }: { state?: DeliveryState },
    { limit, after }: { limit: number; after?: DeliveryCursor },
  ): Promise<DeliveryPage> {
    const fitting = [...this.data.deliveries.values()]
      .filter((stored) => stored.tenant === tenant && stored.delivery.endpointId === endpointId)
      .filter((stored) => state === undefined || stored.delivery.state === state)
      .sort((a, b) => b.no - a.no)
      .filter((stored) => after === undefined || stored.no < Number(after.no));
    const shown = fitting.slice(0, limit);
    const last = shown.at(-1);
    return {
      deliveries: shown.map((stored) => this.shown(stored)),
      ...(last && fitting.length > limit && { next: { no: String(last.no), eventId: last.event.id } }),
    };
  }

  async find(tenant: string, id: string): Promise<Delivery | undefined> {
    const stored = this.data.deliveries.get(key(tenant, id));
    return stored && this.shown(stored);
  }

  async redeliver(tenant: string, id: string): Promise<Delivery | undefined> {
    const stored = this.data.deliveries.get(key(tenant, id));
    if (!stored || stored.delivery.state === 'pending') return undefined;
    this.putBack(stored);
    return this.shown(stored);
  }

  async redeliverSince(tenant: string, endpointId: string, since: Date): Promise<PutBack> {
    const dead = [...this.data.deliveries.values()].filter(
      ({ tenant: of, delivery, event }) =>
        of === tenant &&
        delivery.endpointId === endpointId &&
        delivery.state === 'dead' &&
        event.at >= since &&
        event.name !== TEST_EVENT,
    );
    for (const stored of dead) this.putBack(stored);
    return { count: dead.length, more: false };
  }

  async recordTest(
    { id, tenant }: WebhookEndpoint,
    event: WebhookEvent,
    attempt: Attempt,
    well: boolean,
  ): Promise<void> {
    const made = newDelivery(event, id, this.data.clock.now());
    this.data.deliveries.set(key(tenant, made.id), {
      tenant,
      delivery: { ...made, state: well ? 'delivered' : 'dead', attempts: [attempt], endedAt: this.data.clock.now() },
      event,
      lane: '',
      no: this.data.numbers++,
      tries: 1,
    });
  }

  private putBack(stored: StoredDelivery): void {
    const { endedAt: _endedAt, ...delivery } = stored.delivery;
    stored.delivery = { ...delivery, state: 'pending' };
    stored.tries = 0;
    this.data.lay(stored.tenant, delivery.endpointId, stored.lane);
  }

  private shown({ tenant, delivery, lane }: StoredDelivery): Delivery {
    if (delivery.state !== 'pending') return delivery;
    const nextAt = this.data.lanes.get(key(tenant, delivery.endpointId, lane))?.nextAt ?? 0;
    return { ...delivery, nextAttemptAt: new Date(Math.max(nextAt, delivery.createdAt.getTime())) };
  }
}

export class InMemoryWebhookQueue extends WebhookQueue {
  constructor(private readonly data: InMemoryWebhooks) {
    super();
  }

  async fanOut(): Promise<FanOut> {
    const { data } = this;
    const page = data.texts.events.slice(data.passed, data.passed + PAGE);
    let deliveries = 0;
    for (const event of page) {
      const place = data.passed++;
      const no = data.numbers++;
      for (const { endpoint, activeFrom } of data.endpoints.values()) {
        if (endpoint.tenant !== event.tenant || !endpoint.events.includes(event.name)) continue;
        if (activeFrom === undefined || place < activeFrom) continue;
        const delivery = newDelivery(event, endpoint.id, data.clock.now());
        const lane = delivery.conversationId ?? `#${'channel' in event.data ? event.data.channel : ''}`;
        const stored = { tenant: event.tenant, delivery, event, lane, no, tries: 0 };
        data.deliveries.set(key(event.tenant, delivery.id), stored);
        data.lay(event.tenant, endpoint.id, lane);
        deliveries++;
      }
    }
    const idle = ![...data.endpoints.values()].some(({ activeFrom }) => activeFrom !== undefined);
    return { deliveries, more: data.passed < data.texts.events.length, idle };
  }

  async claim({ lanes, perEndpoint, of }: Room): Promise<ClaimedLane[]> {
    const claim = newId('run');
    const taken = new Map<string, number>();
    const claimed: ClaimedLane[] = [];
    const due = [...this.data.lanes.values()]
      .filter(({ nextAt }) => nextAt <= this.data.now)
      .sort((a, b) => a.nextAt - b.nextAt);
    const byEndpoint = [...Map.groupBy(due, (lane) => key(lane.tenant, lane.endpointId)).values()];
    for (let nth = 0; byEndpoint.some((ofOne) => ofOne.length > nth); nth++) {
      for (const lane of byEndpoint.flatMap((ofOne) => ofOne.slice(nth, nth + 1))) {
        const stored = this.data.endpoint(lane.tenant, lane.endpointId);
        const before = taken.get(lane.endpointId) ?? 0;
        if (stored?.activeFrom === undefined || claimed.length >= lanes) continue;
        if (before >= (of.get(lane.endpointId) ?? perEndpoint)) continue;
        taken.set(lane.endpointId, before + 1);
        lane.claim = claim;
        lane.nextAt = this.data.now + CLAIM_MS;
        const heads = this.data.pendingOf(lane).slice(0, LANE_DELIVERIES);
        const deliveries = heads.map(({ delivery, event, tries }) => ({ id: delivery.id, event, tries }));
        claimed.push({ claim, tenant: lane.tenant, lane: lane.lane, endpoint: stored.endpoint, deliveries });
      }
    }
    return claimed;
  }

  async renew(lanes: readonly ClaimedLane[]): Promise<ClaimedLane[]> {
    return lanes.filter((claimed) => {
      const lane = this.held(claimed);
      if (lane) lane.nextAt = this.data.now + CLAIM_MS;
      return lane !== undefined;
    });
  }

  async settle(
    settlements: readonly Settlement[],
    releases: readonly Release[],
    failingLimitMs: number,
  ): Promise<Settled> {
    const now = this.data.clock.now();
    for (const { lane, delivery, outcome, attempt } of settlements) {
      const stored = this.data.deliveries.get(key(lane.tenant, delivery.id));
      if (stored?.delivery.state !== 'pending') continue;
      const attempts = [...stored.delivery.attempts, attempt];
      stored.tries++;
      stored.delivery =
        outcome === 'retry'
          ? { ...stored.delivery, attempts }
          : { ...stored.delivery, attempts, state: outcome, endedAt: now };
    }
    let due = false;
    for (const { lane: claimed, pauseMs } of releases) {
      const lane = this.held(claimed);
      if (!lane) continue;
      if (this.data.pendingOf(lane).length === 0) this.data.lanes.delete(key(lane.tenant, lane.endpointId, lane.lane));
      else due ||= pauseMs === 0;
      lane.claim = undefined;
      lane.nextAt = now.getTime() + pauseMs;
    }
    return { due, disabled: this.judge(settlements, now, failingLimitMs) };
  }

  /** `redeliverSince` has put all back at once. */
  async putBack(): Promise<PutBack> {
    return { count: 0, more: false };
  }

  async tidy(): Promise<void> {
    giveUp(this.data);
    for (const [at, { tenant, delivery }] of this.data.deliveries) {
      const keptMs = delivery.state === 'dead' ? 30 * DAY_MS : DAY_MS;
      const old = delivery.endedAt && delivery.endedAt.getTime() < this.data.now - keptMs;
      if (old || !this.data.endpoint(tenant, delivery.endpointId)) this.data.deliveries.delete(at);
    }
  }

  async depth(): Promise<number> {
    return [...this.data.deliveries.values()].filter(({ delivery }) => delivery.state === 'pending').length;
  }

  private held({ claim, tenant, endpoint, lane }: ClaimedLane): Lane | undefined {
    const found = this.data.lanes.get(key(tenant, endpoint.id, lane));
    return found?.claim === claim ? found : undefined;
  }

  private judge(settlements: readonly Settlement[], now: Date, failingLimitMs: number): WebhookEndpoint[] {
    const disabled: WebhookEndpoint[] = [];
    for (const [at, ofOne] of Map.groupBy(settlements, ({ lane }) => key(lane.tenant, lane.endpoint.id))) {
      const stored = this.data.endpoints.get(at);
      if (stored?.activeFrom === undefined) continue;
      const { failingSince, ...rest } = stored.endpoint;
      const gone = ofOne.some((settlement) => settlement.gone);
      const well = ofOne.some(({ outcome }) => outcome === 'delivered');
      const tooLong = failingSince && failingSince.getTime() < now.getTime() - failingLimitMs;
      stored.endpoint = well ? rest : { ...rest, failingSince: failingSince ?? now };
      if (!gone && (well || !tooLong)) continue;
      stored.endpoint = { ...stored.endpoint, disabled: { reason: gone ? 'gone' : 'failing', at: now } };
      stored.activeFrom = undefined;
      disabled.push(stored.endpoint);
    }
    return disabled;
  }
}

function newDelivery(event: WebhookEvent, endpointId: string, now: Date): Delivery {
  return {
    id: deliveryId(event.id, endpointId),
    endpointId,
    eventId: event.id,
    event: event.name,
    ...('conversationId' in event.data && { conversationId: event.data.conversationId }),
    state: 'pending',
    createdAt: now,
    attempts: [],
  };
}

function giveUp(data: InMemoryWebhooks): void {
  for (const [at, lane] of data.lanes) {
    if (data.endpoint(lane.tenant, lane.endpointId)?.activeFrom !== undefined) continue;
    for (const stored of data.pendingOf(lane))
      stored.delivery = { ...stored.delivery, state: 'dead', endedAt: data.clock.now() };
    data.lanes.delete(at);
  }
}

function isAsBefore(before: WebhookEndpoint, { events, retry, secrets, enabled }: ConfiguredEndpoint): boolean {
  const same =
    JSON.stringify([before.events, before.retry, before.secrets]) === JSON.stringify([events, retry, secrets]);
  // One that disabled itself stays so.
  return same && enabled === (before.disabled?.reason !== 'operator');
}

function key(...parts: string[]): string {
  return JSON.stringify(parts);
}
