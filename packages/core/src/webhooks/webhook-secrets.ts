import { randomBytes } from 'node:crypto';
import type { SecretSealer } from './secret-sealer.js';
import type { SealedSecrets, WebhookEndpoint } from './webhook.js';
import type { WebhookSecrets } from './webhook-body.js';

const KEY_BYTES = 32;
/** As many opened secrets are kept at hand; beyond, all are forgotten. */
const MOST_OPENED = 5_000;

/** The endpoints' secrets, sealed where they are stored. */
export class WebhookSecretBox {
  private readonly opened = new Map<string, string>();

  constructor(private readonly sealer: SecretSealer) {}

  static generate(): string {
    return `whsec_${randomBytes(KEY_BYTES).toString('base64')}`;
  }

  seal(endpointId: string, secret: string): Promise<string> {
    return this.sealer.seal(purpose(endpointId), secret);
  }

  /** Those that sign now, the current one first. */
  async of({ id, secrets }: WebhookEndpoint, now: Date): Promise<WebhookSecrets> {
    const current = await this.open(id, secrets.current);
    const { previous } = secrets;
    return previous && previous.until > now ? [current, await this.open(id, previous.sealed)] : [current];
  }

  /** With another current secret; the one so far signs too until then. */
  async replace({ id, secrets }: WebhookEndpoint, secret: string, until: Date): Promise<SealedSecrets> {
    return { current: await this.seal(id, secret), previous: { sealed: secrets.current, until } };
  }

  private async open(endpointId: string, sealed: string): Promise<string> {
    const key = `${endpointId} ${sealed}`;
    let secret = this.opened.get(key);
    if (secret === undefined) {
      secret = await this.sealer.open(purpose(endpointId), sealed);
      if (this.opened.size >= MOST_OPENED) this.opened.clear();
      this.opened.set(key, secret);
    }
    return secret;
  }
}

function purpose(endpointId: string): string {
  return `webhook ${endpointId}`;
}
