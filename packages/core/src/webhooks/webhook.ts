import type { DomainEvent, EventName } from '../events/domain-event.js';

/** Sent on request, to see whether an endpoint takes events; nothing has happened. */
export const TEST_EVENT = 'webhook.test';

export type WebhookEvent =
  | DomainEvent
  | { id: string; tenant: string; at: Date; name: typeof TEST_EVENT; data: { endpointId: string; timestamp: string } };

export interface RetrySettings {
  /** Attempts before a delivery is kept as dead; at least 1. */
  maxAttempts: number;
  /** Before the second attempt; doubles before each further one. */
  backoffMs: number;
}

/** `operator`: by the API or the configuration; `gone`: it answered 410; `failing`: nothing but failures for days. */
export type DisabledReason = 'operator' | 'gone' | 'failing';

/** An endpoint's secrets as they are stored. */
export interface SealedSecrets {
  current: string;
  /** The one before, while receivers move over: it signs too until then. */
  previous?: { sealed: string; until: Date };
}

/** A subscription: where to send which of a tenant's events. */
export interface WebhookEndpoint {
  id: string;
  tenant: string;
  /** Who made it; what the configuration makes only the configuration changes. */
  source: 'api' | 'config';
  url: string;
  events: EventName[];
  retry: RetrySettings;
  secrets: SealedSecrets;
  createdAt: Date;
  updatedAt: Date;
  disabled?: { reason: DisabledReason; at: Date };
  /** Since when every attempt has failed. */
  failingSince?: Date;
}

/** `pending`: to be tried (again); `dead`: given up, and kept so that it can be sent again. */
export type DeliveryState = 'pending' | 'delivered' | 'dead';
export const DELIVERY_STATES: readonly DeliveryState[] = ['pending', 'delivered', 'dead'];

/** One request to an endpoint. */
export interface Attempt {
  at: Date;
  latencyMs: number;
  /** Of the answer; undefined when there was none. */
  status?: number;
  /** Why it failed, where the status does not say it. */
  error?: string;
  /** The first kilobyte of the answer's body. */
  response?: string;
}

/** One event on its way to one endpoint. */
export interface Delivery {
  id: string;
  endpointId: string;
  eventId: string;
  event: WebhookEvent['name'];
  conversationId?: string;
  state: DeliveryState;
  createdAt: Date;
  /** Oldest first. */
  attempts: Attempt[];
  /** Of a pending one. */
  nextAttemptAt?: Date;
  /** When it was delivered or given up. */
  endedAt?: Date;
}

/** A delivery's id names its event and its endpoint, whose prefixes it leaves out. */
export function deliveryId(eventId: string, endpointId: string): string {
  return `dlv_${eventId.slice('evt_'.length)}_${endpointId.slice('whk_'.length)}`;
}

/** Undefined for what is no delivery's id. */
export function parseDeliveryId(id: string): { eventId: string; endpointId: string } | undefined {
  const [, event, endpoint] = /^dlv_([0-9a-z]{20,40})_([0-9a-z]{20,40})$/.exec(id) ?? [];
  return event === undefined || endpoint === undefined
    ? undefined
    : { eventId: `evt_${event}`, endpointId: `whk_${endpoint}` };
}
