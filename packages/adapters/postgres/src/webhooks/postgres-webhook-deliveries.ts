import {
  type Attempt,
  DELIVERY_STATES,
  type Delivery,
  type DeliveryCursor,
  deliveryId,
  type DeliveryPage,
  type DeliveryState,
  parseDeliveryId,
  type PutBack,
  WebhookDeliveries,
  type WebhookEndpoint,
  type WebhookEvent,
} from '@openclaw/core';
import type { Database } from '../database.js';
import { type AttemptRecord, fromRecord, toRecord } from './attempt-record.js';
import {
  ASK_TO_PUT_BACK,
  FIND_DELIVERY,
  LIST_DELIVERIES,
  PUT_BACK,
  PUT_BACK_AT_ONCE,
  RECORD_TEST,
  REDELIVER,
} from './statements.js';

const FIRST: readonly [no: string, event: string] = ['9223372036854775807', ''];

export class PostgresWebhookDeliveries extends WebhookDeliveries {
  constructor(private readonly database: Database) {
    super();
  }

  async list(
    tenant: string,
    endpointId: string,
    { state }: { state?: DeliveryState },
    { limit, after }: { limit: number; after?: DeliveryCursor },
  ): Promise<DeliveryPage> {
    const place = after ? [after.no, bare(after.eventId)] : FIRST;
    const states = state === undefined ? DELIVERY_STATES : [state];
    const rows = await this.database.query<DeliveryRow>(LIST_DELIVERIES, [
      tenant,
      endpointId,
      ...place,
      states,
      limit + 1,
    ]);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      deliveries: shown.map(toDelivery),
      ...(last && rows.length > limit && { next: { no: last.no, eventId: `evt_${last.event_id}` } }),
    };
  }

  async find(tenant: string, id: string): Promise<Delivery | undefined> {
    const parts = parseDeliveryId(id);
    if (!parts) return undefined;
    const [row] = await this.database.query<DeliveryRow>(FIND_DELIVERY, [
      tenant,
      bare(parts.eventId),
      parts.endpointId,
    ]);
    return row && toDelivery(row);
  }

  async redeliver(tenant: string, id: string): Promise<Delivery | undefined> {
    const parts = parseDeliveryId(id);
    if (!parts) return undefined;
    const [row] = await this.database.query<{ count: number }>(REDELIVER, [
      tenant,
      parts.endpointId,
      [bare(parts.eventId)],
    ]);
    return row?.count === 1 ? this.find(tenant, id) : undefined;
  }

  async redeliverSince(tenant: string, endpointId: string, since: Date): Promise<PutBack> {
    await this.database.query(ASK_TO_PUT_BACK, [tenant, endpointId, since]);
    const [row] = await this.database.query<{ count: number; more: boolean | null }>(PUT_BACK, [
      ...[tenant, endpointId, PUT_BACK_AT_ONCE],
    ]);
    return { count: row?.count ?? 0, more: row?.more ?? false };
  }

  async recordTest(
    { id, tenant }: WebhookEndpoint,
    event: WebhookEvent,
    attempt: Attempt,
    well: boolean,
  ): Promise<void> {
    await this.database.query(RECORD_TEST, [
      tenant,
      bare(event.id),
      event.name,
      event.at,
      id,
      well ? 'delivered' : 'dead',
      JSON.stringify(toRecord(attempt)),
    ]);
  }
}

interface DeliveryRow {
  event_id: string;
  endpoint_id: string;
  name: Delivery['event'];
  state: DeliveryState;
  attempts: AttemptRecord[];
  created_at: Date;
  ended_at: Date | null;
  no: string;
  conversation_id: string | null;
  next_at: Date;
}

function toDelivery(row: DeliveryRow): Delivery {
  const eventId = `evt_${row.event_id}`;
  return {
    id: deliveryId(eventId, row.endpoint_id),
    endpointId: row.endpoint_id,
    eventId,
    event: row.name,
    ...(row.conversation_id !== null && { conversationId: row.conversation_id }),
    state: row.state,
    createdAt: row.created_at,
    attempts: row.attempts.map(fromRecord),
    ...(row.state === 'pending' && { nextAttemptAt: row.next_at }),
    ...(row.ended_at && { endedAt: row.ended_at }),
  };
}

function bare(eventId: string): string {
  return eventId.slice('evt_'.length);
}
