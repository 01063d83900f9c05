import type { EventName } from '../events/domain-event.js';
import type { Clock } from '../shared/clock.js';
import { Conflict, type FieldError, InvalidInput, NotFound } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import type { CallEndpoint } from './call-endpoint.js';
import type { OutgoingHttp } from './outgoing-http.js';
import {
  type Attempt,
  type Delivery,
  type DeliveryState,
  TEST_EVENT,
  type RetrySettings,
  type WebhookEndpoint,
  type WebhookEvent,
  deliveryId,
} from './webhook.js';
import { isSoundSecret } from './webhook-body.js';
import type { DeliveryCursor, DeliveryPage, PutBack, WebhookDeliveries } from './webhook-deliveries.js';
import type { WebhookEndpoints } from './webhook-endpoints.js';
import { WebhookSecretBox } from './webhook-secrets.js';

export const DEFAULT_RETRY: RetrySettings = { maxAttempts: 3, backoffMs: 5_000 };
/** For how long the secret before signs too. */
export const DEFAULT_OVERLAP_SECONDS = 86_400;
const MOST_ENDPOINTS = 500;

export interface CreateWebhook {
  url: string;
  events: EventName[];
  /** Made where it is left out. */
  secret?: string;
  retry?: Partial<RetrySettings>;
  enabled?: boolean;
}

export type ChangeWebhook = Partial<Omit<CreateWebhook, 'secret'>>;

/** An endpoint with its secret, for the one moment in which it may be seen. */
export interface ShownEndpoint {
  endpoint: WebhookEndpoint;
  secret: string;
}

export interface TestResult {
  deliveryId: string;
  attempt: Attempt;
  well: boolean;
}

export interface ManagementParts {
  endpoints: WebhookEndpoints;
  deliveries: WebhookDeliveries;
  secrets: WebhookSecretBox;
  call: Pick<CallEndpoint, 'execute'>;
  http: Pick<OutgoingHttp, 'refusal'>;
  clock: Clock;
  /** There may be something to deliver. */
  look: () => void;
}

/** A tenant's subscriptions. Each method throws `NotFound` for an id that the tenant does not have. */
export class ManageWebhooks {
  constructor(private readonly parts: ManagementParts) {}

  list(tenant: string): Promise<WebhookEndpoint[]> {
    return this.parts.endpoints.list(tenant);
  }

  async find(tenant: string, id: string): Promise<WebhookEndpoint> {
    return (await this.parts.endpoints.find(tenant, id)) ?? unknown(id);
  }

  /** Throws `InvalidInput`, and `Conflict` when there are too many. */
  async create(tenant: string, wanted: CreateWebhook): Promise<ShownEndpoint> {
    const { url, events, retry, enabled = true, secret = WebhookSecretBox.generate() } = wanted;
    throwAny([...this.urlErrors(url), ...secretErrors(secret)]);
    const id = newId('whk');
    const endpoint = await this.parts.endpoints.create(
      tenant,
      {
        id,
        url,
        events: [...new Set(events)],
        retry: { ...DEFAULT_RETRY, ...retry },
        secrets: { current: await this.parts.secrets.seal(id, secret) },
        enabled,
      },
      MOST_ENDPOINTS,
    );
    this.parts.look();
    return { endpoint, secret };
  }

  /** Throws `InvalidInput`, and `Conflict` for one that the configuration made. */
  async change(tenant: string, id: string, { url, events, retry, enabled }: ChangeWebhook): Promise<WebhookEndpoint> {
    if (url !== undefined) throwAny(this.urlErrors(url));
    const before = await this.own(tenant, id);
    const changed = await this.parts.endpoints.change(tenant, id, {
      ...(url !== undefined && { url }),
      ...(events !== undefined && { events: [...new Set(events)] }),
      ...(retry !== undefined && { retry: { ...before.retry, ...retry } }),
      ...(enabled !== undefined && { enabled }),
    });
    this.parts.look();
    return changed ?? unknown(id);
  }

  async delete(tenant: string, id: string): Promise<void> {
    await this.own(tenant, id);
    if (!(await this.parts.endpoints.delete(tenant, id))) unknown(id);
  }

  /** The secret so far signs along for `overlapSeconds`. */
  async rotateSecret(
    tenant: string,
    id: string,
    { secret = WebhookSecretBox.generate(), overlapSeconds = DEFAULT_OVERLAP_SECONDS }: RotateSecret,
  ): Promise<ShownEndpoint> {
    throwAny(secretErrors(secret));
    const before = await this.own(tenant, id);
    const until = new Date(this.parts.clock.now().getTime() + overlapSeconds * 1_000);
    const secrets = await this.parts.secrets.replace(before, secret, until);
    const endpoint = (await this.parts.endpoints.change(tenant, id, { secrets })) ?? unknown(id);
    return { endpoint, secret };
  }

  async deliveries(
    tenant: string,
    id: string,
    filter: { state?: DeliveryState },
    page: { limit: number; after?: DeliveryCursor },
  ): Promise<DeliveryPage> {
    await this.find(tenant, id);
    return this.parts.deliveries.list(tenant, id, filter, page);
  }

  async delivery(tenant: string, id: string): Promise<Delivery> {
    return (await this.parts.deliveries.find(tenant, id)) ?? unknownDelivery(id);
  }

  /** Throws `Conflict` while it is still being tried, and for an endpoint that is disabled. */
  async redeliver(tenant: string, id: string): Promise<Delivery> {
    const delivery = await this.delivery(tenant, id);
    if (delivery.event === TEST_EVENT) throw new Conflict('A test is not delivered again; make another one');
    enabled(await this.find(tenant, delivery.endpointId));
    const again = await this.parts.deliveries.redeliver(tenant, id);
    if (!again) throw new Conflict(`Delivery "${id}" has not ended; it is still being tried`);
    this.parts.look();
    return again;
  }

  /** All dead ones of events since then; where there are many, most of them after this. */
  async redeliverSince(tenant: string, id: string, since: Date): Promise<PutBack> {
    enabled(await this.find(tenant, id));
    const back = await this.parts.deliveries.redeliverSince(tenant, id, since);
    this.parts.look();
    return back;
  }

  /** Sends an event that says that it is none, once, whether or not the endpoint is enabled. */
  async test(tenant: string, id: string): Promise<TestResult> {
    const endpoint = await this.find(tenant, id);
    const at = this.parts.clock.now();
    const data = { endpointId: id, timestamp: at.toISOString() };
    const event: WebhookEvent = { id: newId('evt'), tenant, at, name: TEST_EVENT, data };
    const { attempt, well } = await this.parts.call.execute(endpoint, event);
    await this.parts.deliveries.recordTest(endpoint, event, attempt, well);
    return { deliveryId: deliveryId(event.id, id), attempt, well };
  }

  private async own(tenant: string, id: string): Promise<WebhookEndpoint> {
    const endpoint = await this.find(tenant, id);
    if (endpoint.source === 'config')
      throw new Conflict(`Webhook "${id}" comes from the configuration; change api.webhooks.outgoing`);
    return endpoint;
  }

  private urlErrors(text: string): FieldError[] {
    const message = urlProblem(text) ?? this.parts.http.refusal(text);
    return message === undefined ? [] : [{ field: 'url', message: `url ${message}` }];
  }
}

export interface RotateSecret {
  secret?: string;
  overlapSeconds?: number;
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  const fits = url && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
  return fits ? undefined : 'must be an http:// or https:// URL without user and password';
}

function secretErrors(secret: string): FieldError[] {
  if (isSoundSecret(secret)) return [];
  return [{ field: 'secret', message: 'secret must be base64 behind its prefix "whsec_"' }];
}

function throwAny(errors: FieldError[]): void {
  if (errors.length > 0) throw InvalidInput.fields(errors);
}

function enabled({ id, disabled }: WebhookEndpoint): void {
  if (disabled) throw new Conflict(`Webhook "${id}" is disabled; enable it first`);
}

function unknown(id: string): never {
  throw new NotFound(`There is no webhook "${id}"`);
}

function unknownDelivery(id: string): never {
  throw new NotFound(`There is no delivery "${id}"`);
}
