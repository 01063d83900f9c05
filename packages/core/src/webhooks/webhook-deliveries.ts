import type { Attempt, DeliveryState, Delivery, WebhookEndpoint, WebhookEvent } from './webhook.js';

/** A place in an endpoint's list of deliveries. */
export interface DeliveryCursor {
  /** A whole number of up to 19 digits. */
  no: string;
  eventId: string;
}

export interface DeliveryPage {
  deliveries: Delivery[];
  next?: DeliveryCursor;
}

/** Deliveries that were put back, to be tried anew. */
export interface PutBack {
  count: number;
  /** There are more, which will follow. */
  more: boolean;
}

/** What was delivered is kept for a day, what is dead for 30. */
export abstract class WebhookDeliveries {
  /** Newest event first. */
  abstract list(
    tenant: string,
    endpointId: string,
    filter: { state?: DeliveryState },
    page: { limit: number; after?: DeliveryCursor },
  ): Promise<DeliveryPage>;
  abstract find(tenant: string, id: string): Promise<Delivery | undefined>;
  /** Puts one that has ended back into its place, to be tried as often as a new one. Undefined when there is none or it is pending. */
  abstract redeliver(tenant: string, id: string): Promise<Delivery | undefined>;
  /** All dead ones of events since then: as many as can be put back at once, the rest by `WebhookQueue.putBack`. */
  abstract redeliverSince(tenant: string, endpointId: string, since: Date): Promise<PutBack>;
  /** Keeps a test that was made: an ended delivery with its one attempt. */
  abstract recordTest(endpoint: WebhookEndpoint, event: WebhookEvent, attempt: Attempt, well: boolean): Promise<void>;
}
