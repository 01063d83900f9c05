import type { SealedSecrets, WebhookEndpoint } from './webhook.js';

export type NewEndpoint = Pick<WebhookEndpoint, 'id' | 'url' | 'events' | 'retry' | 'secrets'> & { enabled: boolean };

/** What is to be other than it is. */
export interface EndpointChange {
  url?: string;
  events?: WebhookEndpoint['events'];
  retry?: WebhookEndpoint['retry'];
  secrets?: SealedSecrets;
  /** True forgets why it was disabled and since when it fails. */
  enabled?: boolean;
}

/** An endpoint as the configuration has it. */
export type ConfiguredEndpoint = NewEndpoint & { tenant: string };

/** The subscriptions of all tenants. */
export abstract class WebhookEndpoints {
  /** Oldest first. */
  abstract list(tenant: string): Promise<WebhookEndpoint[]>;
  abstract find(tenant: string, id: string): Promise<WebhookEndpoint | undefined>;
  /** Throws `Conflict` when the tenant has `most` already. */
  abstract create(tenant: string, endpoint: NewEndpoint, most: number): Promise<WebhookEndpoint>;
  /** Undefined when there is none of that id. What is pending for an endpoint that is disabled becomes dead. */
  abstract change(tenant: string, id: string, change: EndpointChange): Promise<WebhookEndpoint | undefined>;
  /** Its deliveries go with it. */
  abstract delete(tenant: string, id: string): Promise<boolean>;
  /**
   * Makes the configuration's endpoints, of all tenants, be exactly these; others of the configuration are deleted. One that is to be
   * enabled, and has disabled itself, stays so unless something else of it has changed.
   */
  abstract configure(endpoints: readonly ConfiguredEndpoint[]): Promise<void>;
  /** Those of the configuration, of all tenants. */
  abstract configured(): Promise<WebhookEndpoint[]>;
  /** Over all tenants, for the operator: how many are active, how many fail, which have disabled themselves. */
  abstract counts(): Promise<{ active: number; failing: number; disabled: number }>;
}
