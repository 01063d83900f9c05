import type { CallOptions } from './call-options.js';
import type { Transport } from './transport.js';
import type {
  NewWebhook,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookTest,
  WebhookWithSecret,
} from './wire.js';

const PATH = '/api/v1/webhooks';

/** Who gets the tenant's events. Needs a token with scope `admin`. */
export class Webhooks {
  constructor(private readonly transport: Transport) {}

  list(options: CallOptions = {}): Promise<{ webhooks: Webhook[]; total: number }> {
    return this.transport.json({ ...options, method: 'GET', path: PATH });
  }

  /** The secret is in the answer, and nowhere else. */
  create(webhook: NewWebhook, options: CallOptions = {}): Promise<WebhookWithSecret> {
    return this.transport.json({ ...options, method: 'POST', path: PATH, body: webhook });
  }

  get(id: string, options: CallOptions = {}): Promise<Webhook> {
    return this.transport.json({ ...options, method: 'GET', path: pathOf(id) });
  }

  /** What is left out stays as it is. */
  update(id: string, change: Partial<Omit<NewWebhook, 'secret'>>, options: CallOptions = {}): Promise<Webhook> {
    return this.transport.json({ ...options, method: 'PUT', path: pathOf(id), body: change });
  }

  delete(id: string, options: CallOptions = {}): Promise<{ id: string; deleted: true }> {
    return this.transport.json({ ...options, method: 'DELETE', path: pathOf(id) });
  }

  /** The secret so far signs along for a day, or as long as `overlapSeconds` says. */
  rotateSecret(
    id: string,
    { secret, overlapSeconds }: { secret?: string; overlapSeconds?: number } = {},
    options: CallOptions = {},
  ): Promise<WebhookWithSecret> {
    const body = { secret, overlap_seconds: overlapSeconds };
    return this.transport.json({ ...options, method: 'POST', path: `${pathOf(id)}/rotate-secret`, body });
  }

  /** Newest event first. */
  deliveries(
    id: string,
    query: { state?: WebhookDelivery['state']; limit?: number; cursor?: string } = {},
    options: CallOptions = {},
  ): Promise<WebhookDeliveryList> {
    return this.transport.json({ ...options, method: 'GET', path: `${pathOf(id)}/deliveries`, query });
  }

  delivery(deliveryId: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    return this.transport.json({ ...options, method: 'GET', path: deliveryPath(deliveryId) });
  }

  /** Sends one again that has ended. Throws `ConflictError` while it is being tried. */
  redeliver(deliveryId: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    return this.transport.json({ ...options, method: 'POST', path: `${deliveryPath(deliveryId)}/redeliver` });
  }

  /** Sends all dead ones again, of events since then. Where there are many, `more` follow in the background. */
  redeliverSince(
    id: string,
    since: Date | string,
    options: CallOptions = {},
  ): Promise<{ redelivered: number; more?: boolean }> {
    const body = { since: since instanceof Date ? since.toISOString() : since };
    return this.transport.json({ ...options, method: 'POST', path: `${pathOf(id)}/redeliver`, body });
  }

  /** Sends a `webhook.test` event, once, and says how it went. */
  test(id: string, options: CallOptions = {}): Promise<WebhookTest> {
    return this.transport.json({ ...options, method: 'POST', path: `${pathOf(id)}/test` });
  }
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

function deliveryPath(id: string): string {
  return `${PATH}/deliveries/${encodeURIComponent(id)}`;
}
