import { createHash } from 'node:crypto';
import type { EventName } from '../events/domain-event.js';
import type { Clock } from '../shared/clock.js';
import type { RetrySettings, SealedSecrets, WebhookEndpoint } from './webhook.js';
import type { WebhookEndpoints } from './webhook-endpoints.js';
import type { WebhookSecretBox } from './webhook-secrets.js';
import { DEFAULT_OVERLAP_SECONDS } from './manage-webhooks.js';

/** An endpoint as the configuration names it. */
export interface ConfiguredWebhook {
  tenant: string;
  url: string;
  secret: string;
  events: readonly EventName[];
  retry: RetrySettings;
  enabled: boolean;
}

/** Makes the configuration's endpoints what the configuration says. */
export class ConfigureWebhooks {
  constructor(
    private readonly endpoints: WebhookEndpoints,
    private readonly secrets: WebhookSecretBox,
    private readonly clock: Clock,
  ) {}

  /** A secret that has changed signs along for a day. */
  async execute(webhooks: readonly ConfiguredWebhook[]): Promise<void> {
    const before = new Map((await this.endpoints.configured()).map((endpoint) => [endpoint.id, endpoint]));
    if (webhooks.length === 0 && before.size === 0) return;
    const seen = new Map<string, number>();
    const wanted = [];
    for (const { secret, events, ...webhook } of webhooks) {
      const place = `${webhook.tenant}\n${webhook.url}`;
      const nth = seen.get(place) ?? 0;
      seen.set(place, nth + 1);
      const id = idOf(place, nth);
      const secrets = await this.secretsOf(id, before.get(id), secret);
      wanted.push({ ...webhook, id, events: [...new Set(events)], secrets });
    }
    await this.endpoints.configure(wanted);
  }

  private async secretsOf(id: string, before: WebhookEndpoint | undefined, secret: string): Promise<SealedSecrets> {
    if (!before) return { current: await this.secrets.seal(id, secret) };
    const now = this.clock.now();
    const [current] = await this.secrets.of(before, now).catch(() => [undefined]);
    if (current === secret) return before.secrets;
    // Sealed with a key that is gone: nothing can be signed with it any more.
    if (current === undefined) return { current: await this.secrets.seal(id, secret) };
    return this.secrets.replace(before, secret, new Date(now.getTime() + DEFAULT_OVERLAP_SECONDS * 1_000));
  }
}

/** The same on every replica and after each start; the `nth` of the same URL is another one. */
function idOf(place: string, nth: number): string {
  const digest = createHash('sha256').update(`${place}\n${nth}`).digest('hex');
  return `whk_${digest.slice(0, 26)}`;
}
