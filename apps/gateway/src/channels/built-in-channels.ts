import type { CreateChannel } from '@openclaw/core';

/** The channels that come with the gateway, each loaded when it is configured. */
export const BUILT_IN_CHANNELS: Readonly<Record<string, () => Promise<{ createChannel: CreateChannel }>>> = {
  webhook: () => import('@openclaw/adapter-webhook-channel'),
};
