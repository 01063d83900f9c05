import type {
  DeliveryAttempt,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookList,
  WebhookTested,
  WebhookWithSecret,
} from '@openclaw/contracts';
import type { Attempt, Delivery, DeliveryPage, ShownEndpoint, TestResult, WebhookEndpoint } from '@openclaw/core';
import { encodeDeliveryCursor } from './cursors.js';

/** Webhooks on the wire. Secrets are left out but where they are made. */
export function webhookBody(endpoint: WebhookEndpoint): Webhook {
  const { id, url, events, retry, disabled, failingSince, source, createdAt, updatedAt, secrets } = endpoint;
  const until = secrets.previous?.until;
  return {
    id,
    url,
    events,
    retry,
    enabled: !disabled,
    status: disabled ? 'disabled' : failingSince ? 'failing' : 'active',
    ...(disabled && { disabled_reason: disabled.reason, disabled_at: disabled.at.toISOString() }),
    ...(failingSince && { failing_since: failingSince.toISOString() }),
    source,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    ...(until && until.getTime() > Date.now() && { previous_secret_until: until.toISOString() }),
  };
}

export function webhookWithSecret({ endpoint, secret }: ShownEndpoint): WebhookWithSecret {
  return { ...webhookBody(endpoint), secret };
}

export function webhookList(endpoints: WebhookEndpoint[]): WebhookList {
  return { webhooks: endpoints.map(webhookBody), total: endpoints.length };
}

export function deliveryBody(delivery: Delivery): WebhookDelivery {
  const { conversationId, nextAttemptAt, endedAt } = delivery;
  return {
    id: delivery.id,
    webhook_id: delivery.endpointId,
    event_id: delivery.eventId,
    event: delivery.event,
    ...(conversationId !== undefined && { conversation_id: conversationId }),
    state: delivery.state,
    created_at: delivery.createdAt.toISOString(),
    attempts: delivery.attempts.map(attemptBody),
    ...(nextAttemptAt && { next_attempt_at: nextAttemptAt.toISOString() }),
    ...(endedAt && { ended_at: endedAt.toISOString() }),
  };
}

export function deliveryList({ deliveries, next }: DeliveryPage): WebhookDeliveryList {
  return { deliveries: deliveries.map(deliveryBody), ...(next && { next_cursor: encodeDeliveryCursor(next) }) };
}

export function testBody({ deliveryId, attempt, well }: TestResult): WebhookTested {
  return { delivery_id: deliveryId, delivered: well, attempt: attemptBody(attempt) };
}

function attemptBody({ at, latencyMs, ...facts }: Attempt): DeliveryAttempt {
  return { at: at.toISOString(), latency_ms: latencyMs, ...facts };
}
