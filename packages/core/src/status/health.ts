export type ComponentStatus = 'ok' | 'degraded' | 'down';

export interface ComponentHealth {
  status: ComponentStatus;
  [fact: string]: unknown;
}

export type Component = 'database' | 'provider' | 'channels' | 'webhooks' | 'skills';

/** What each part of the gateway says of itself. */
export abstract class HealthReader {
  /** As far as they are this tenant's. */
  abstract components(tenant: string): Promise<Record<Component, ComponentHealth>>;
  /** False while draining: a load balancer should send nothing new. */
  abstract ready(): boolean;
}
