import type { Postgres } from '@openclaw/adapter-postgres';
import { SignedHttp } from '@openclaw/adapter-signed-http';
import {
  CallEndpoint,
  Clock,
  ConfigureWebhooks,
  type ConfiguredWebhook,
  DeliverWebhooks,
  Logger,
  ManageWebhooks,
  Metrics,
  OutgoingHttp,
  SecretSealer,
  WebhookDeliveries,
  WebhookEndpoints,
  WebhookQueue,
  WebhookSecretBox,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { GatewayConfig, LiveConfig, SecretBox } from '../config/index.js';
import { VERSION } from '../version.js';

/** `openBox` is called when the first secret comes by: without webhooks no key is needed. */
export function webhooksModule(
  live: LiveConfig,
  postgres: Postgres,
  openBox: () => Promise<SecretBox>,
): ContainerModule {
  const { endpoints, deliveries, queue } = postgres.webhooks;
  const http = new SignedHttp({
    allowPrivateNetworks: () => live.current.api.webhooks.allowPrivateNetworks,
    userAgent: `OpenClaw-Gateway/${VERSION}`,
  });
  return new ContainerModule(({ bind }) => {
    bind(WebhookEndpoints).toConstantValue(endpoints);
    bind(WebhookDeliveries).toConstantValue(deliveries);
    bind(WebhookQueue).toConstantValue(queue);
    bind(SecretSealer).toConstantValue({
      seal: async (purpose, secret) => (await openBox()).seal(purpose, secret),
      open: async (purpose, sealed) => (await openBox()).open(purpose, sealed),
    });
    bind(SignedHttp).toConstantValue(http);
    bind(OutgoingHttp).toConstantValue(http);
    bind(WebhookSecretBox)
      .toResolvedValue((sealer: SecretSealer) => new WebhookSecretBox(sealer), [SecretSealer])
      .inSingletonScope();
    bind(CallEndpoint)
      .toResolvedValue(
        (secrets: WebhookSecretBox, clock: Clock) => new CallEndpoint(http, secrets, clock),
        [WebhookSecretBox, Clock],
      )
      .inSingletonScope();
    bind(DeliverWebhooks)
      .toResolvedValue(
        (call: CallEndpoint, clock: Clock, logger: Logger, metrics: Metrics) =>
          new DeliverWebhooks({ queue, call, clock, metrics, logger: logger.child({ component: 'webhooks' }) }),
        [CallEndpoint, Clock, Logger, Metrics],
      )
      .inSingletonScope();
    bind(ConfigureWebhooks)
      .toResolvedValue(
        (secrets: WebhookSecretBox, clock: Clock) => new ConfigureWebhooks(endpoints, secrets, clock),
        [WebhookSecretBox, Clock],
      )
      .inSingletonScope();
    bind(ManageWebhooks)
      .toResolvedValue(
        (secrets: WebhookSecretBox, call: CallEndpoint, clock: Clock, deliver: DeliverWebhooks) =>
          new ManageWebhooks({ endpoints, deliveries, secrets, call, http, clock, look: () => deliver.look() }),
        [WebhookSecretBox, CallEndpoint, Clock, DeliverWebhooks],
      )
      .inSingletonScope();
  });
}

export function configuredWebhooks({ api }: GatewayConfig): ConfiguredWebhook[] {
  return api.webhooks.outgoing.map(({ url, secret, events, retry, tenant, enabled }) => ({
    url,
    secret,
    events,
    tenant,
    enabled,
    retry: { maxAttempts: retry.maxAttempts, backoffMs: retry.backoffMs },
  }));
}
