import { isDeepStrictEqual } from 'node:util';
import type { SignedHttp } from '@openclaw/adapter-signed-http';
import type { ConfigureWebhooks, DeliverWebhooks, Logger } from '@openclaw/core';
import type { LiveConfig } from './config/index.js';
import { configuredWebhooks } from './modules/webhooks.module.js';

const PATIENCE_MS = 2_000;

interface WebhookParts {
  deliver: DeliverWebhooks;
  configure: ConfigureWebhooks;
  http: SignedHttp;
}

/** Delivers, to the endpoints of the configuration too. Gives the function that ends it. */
export function startWebhooks(
  live: LiveConfig,
  { deliver, configure, http }: WebhookParts,
  logger: Logger,
): () => Promise<void> {
  deliver.start();
  const unfollow = followWebhooks(live, configure, deliver, logger.child({ component: 'webhooks' }));
  return async () => {
    await unfollow();
    await deliver.close();
    await http.close();
  };
}

/**
 * Has the configuration's endpoints be what it says, now and after each change; one that can't be stored is tried again. Gives the
 * function that ends it.
 */
function followWebhooks(
  live: LiveConfig,
  configure: ConfigureWebhooks,
  deliver: DeliverWebhooks,
  logger: Logger,
): () => Promise<void> {
  let stored: unknown;
  let storing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  async function store(): Promise<void> {
    for (;;) {
      const wanted = configuredWebhooks(live.current);
      if (ended || isDeepStrictEqual(wanted, stored)) return;
      await configure.execute(wanted);
      stored = wanted;
      deliver.look();
    }
  }

  function look(): void {
    clearTimeout(timer);
    storing ??= store()
      .catch((error: unknown) => {
        logger.warn('the webhooks of the configuration could not be stored; trying again', { error });
        if (!ended) timer = setTimeout(look, PATIENCE_MS);
      })
      .finally(() => {
        storing = undefined;
      });
  }

  const off = live.onChange(look);
  look();
  return async () => {
    ended = true;
    off();
    clearTimeout(timer);
    await storing;
  };
}
