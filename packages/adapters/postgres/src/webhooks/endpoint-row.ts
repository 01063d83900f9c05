import type { DisabledReason, EventName, WebhookEndpoint } from '@openclaw/core';

export interface EndpointRow {
  tenant: string;
  id: string;
  source: 'api' | 'config';
  url: string;
  events: EventName[];
  max_attempts: number;
  backoff_ms: number;
  secret: string;
  previous_secret: string | null;
  previous_secret_until: Date | null;
  created_at: Date;
  updated_at: Date;
  disabled_at: Date | null;
  disabled_reason: DisabledReason | null;
  failing_since: Date | null;
}

export const ENDPOINT_COLUMNS = `e.tenant, e.id, e.source, e.url, e.events, e.max_attempts, e.backoff_ms, e.secret, e.previous_secret,
  e.previous_secret_until, e.created_at, e.updated_at, e.disabled_at, e.disabled_reason, e.failing_since`;

export function toEndpoint(row: EndpointRow): WebhookEndpoint {
  const { previous_secret: sealed, previous_secret_until: until } = row;
  return {
    tenant: row.tenant,
    id: row.id,
    source: row.source,
    url: row.url,
    events: row.events,
    retry: { maxAttempts: row.max_attempts, backoffMs: row.backoff_ms },
    secrets: { current: row.secret, ...(sealed !== null && until && { previous: { sealed, until } }) },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.disabled_at && { disabled: { at: row.disabled_at, reason: row.disabled_reason ?? 'operator' } }),
    ...(row.failing_since && { failingSince: row.failing_since }),
  };
}
