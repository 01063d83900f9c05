import {
  CLAIM_MS,
  type ClaimedLane,
  deliveryId,
  type FanOut,
  newId,
  type PutBack,
  type Release,
  type Room,
  type Settled,
  type Settlement,
  type WebhookEndpoint,
  WebhookQueue,
} from '@openclaw/core';
import type { Database } from '../database.js';
import { type EventRow, toEvent } from '../events/event-row.js';
import { toRecord } from './attempt-record.js';
import { type EndpointRow, toEndpoint } from './endpoint-row.js';
import * as sql from './statements.js';

const DAY_MS = 86_400_000;
const KEPT_MS = { delivered: DAY_MS, dead: 30 * DAY_MS } as const;

interface LaneKey {
  tenant: string;
  lane: string;
}

interface LaneRow extends LaneKey {
  endpoint_id: string;
}

export class PostgresWebhookQueue extends WebhookQueue {
  private fanOutEvents = sql.FAN_OUT_EVENTS.first;

  constructor(private readonly database: Database) {
    super();
  }

  async fanOut(): Promise<FanOut> {
    const { least, most } = sql.FAN_OUT_EVENTS;
    const limit = this.fanOutEvents;
    // Whatever goes wrong is tried again with fewer.
    this.fanOutEvents = Math.max(least, Math.floor(limit / 4));
    const [row] = await this.database.query<FanOut>(sql.FAN_OUT, [limit]);
    const fanOut = row ?? { deliveries: 0, more: false, idle: true };
    const tooMany = fanOut.deliveries > sql.FAN_OUT_DELIVERIES;
    const fewEnough = fanOut.more && fanOut.deliveries < sql.FAN_OUT_DELIVERIES / 2;
    this.fanOutEvents = tooMany ? Math.max(least, limit >> 1) : fewEnough ? Math.min(most, limit * 2) : limit;
    return fanOut;
  }

  async claim({ lanes, perEndpoint, of }: Room): Promise<ClaimedLane[]> {
    const claim = newId('run');
    const rooms = [[...of.keys()], [...of.values()]];
    const rows = await this.database.query<LaneRow>(sql.CLAIM, [lanes, perEndpoint, ...rooms, claim, CLAIM_MS]);
    if (rows.length === 0) return [];
    // Not in the claim's own statement: what the lanes' last owners have written may be younger than what that could see.
    const [heads, endpoints] = await Promise.all([
      this.database.query<EventRow & { nth: number; tries: number }>(sql.HEADS, keysOf(rows)),
      this.endpoints(rows.map((row) => [row.tenant, row.endpoint_id])),
    ]);
    const byId = new Map(endpoints.map((endpoint) => [keyOf(endpoint.tenant, endpoint.id), endpoint]));
    const byLane = Map.groupBy(heads, (head) => head.nth);
    return rows.flatMap(({ tenant, endpoint_id: endpointId, lane }, at) => {
      const endpoint = byId.get(keyOf(tenant, endpointId));
      // Deleted meanwhile; `tidy` takes its lanes away.
      if (!endpoint) return [];
      const deliveries = (byLane.get(at + 1) ?? []).map((head) => {
        const event = toEvent(head);
        return { id: deliveryId(event.id, endpointId), event, tries: head.tries };
      });
      return [{ claim, tenant, lane, endpoint, deliveries }];
    });
  }

  async renew(lanes: readonly ClaimedLane[]): Promise<ClaimedLane[]> {
    const values = [...keysOf(lanes), lanes.map((lane) => lane.claim), CLAIM_MS];
    const rows = await this.database.query<LaneKey>(sql.RENEW, values);
    const kept = new Set(rows.map((row) => keyOf(row.tenant, row.lane)));
    return lanes.filter(({ tenant, lane }) => kept.has(keyOf(tenant, lane)));
  }

  async settle(
    settlements: readonly Settlement[],
    releases: readonly Release[],
    failingLimitMs: number,
  ): Promise<Settled> {
    const results = settlements.map(({ lane, delivery, outcome, attempt, gone }) => [
      lane.tenant,
      delivery.event.id.slice('evt_'.length),
      lane.endpoint.id,
      lane.lane,
      outcome,
      toRecord(attempt),
      gone,
    ]);
    const given = releases.map(({ lane, pauseMs }) => [lane.tenant, lane.lane, lane.claim, pauseMs]);
    const values = [JSON.stringify(results), JSON.stringify(given), failingLimitMs];
    const [row] = await this.database.query<{ due: boolean; disabled: [string, string][] }>(sql.SETTLE, values);
    const { due = false, disabled = [] } = row ?? {};
    return { due, disabled: await this.endpoints(disabled) };
  }

  async putBack(): Promise<PutBack> {
    const [row] = await this.database.query<{ count: number; more: boolean | null }>(sql.PUT_BACK, [
      ...[null, null, sql.PUT_BACK_AT_ONCE],
    ]);
    // After the last part of one endpoint there may be another one: only a look that finds none says so.
    return { count: row?.count ?? 0, more: typeof row?.more === 'boolean' };
  }

  async tidy(): Promise<void> {
    await this.untilFewer(sql.GIVE_UP_LANES, sql.GIVE_UP, [sql.GIVE_UP_LANES]);
    for (const [state, keptMs] of Object.entries(KEPT_MS)) {
      const before = new Date(Date.now() - keptMs);
      await this.untilFewer(sql.FORGET_DELIVERIES, sql.FORGET, [state, before, sql.FORGET_DELIVERIES]);
    }
    await this.untilFewer(sql.FORGET_DELIVERIES, sql.FORGET, [null, null, sql.FORGET_DELIVERIES]);
  }

  async depth(): Promise<number> {
    const [row] = await this.database.query<{ depth: number }>(sql.DEPTH);
    return row?.depth ?? 0;
  }

  private async endpoints(ids: readonly [tenant: string, id: string][]): Promise<WebhookEndpoint[]> {
    if (ids.length === 0) return [];
    const values = [ids.map(([tenant]) => tenant), ids.map(([, id]) => id)];
    return (await this.database.query<EndpointRow>(sql.ENDPOINTS_OF, values)).map(toEndpoint);
  }

  /** Runs a statement that says how much it did, until that is less than it may do at once. */
  private async untilFewer(batch: number, statement: string, values: unknown[]): Promise<void> {
    for (;;) {
      const [row] = await this.database.query<{ count: number }>(statement, values);
      if ((row?.count ?? 0) < batch) return;
    }
  }
}

function keysOf(lanes: readonly LaneKey[]): [string[], string[]] {
  return [lanes.map((lane) => lane.tenant), lanes.map((lane) => lane.lane)];
}

function keyOf(...parts: string[]): string {
  return JSON.stringify(parts);
}
