import type { CreateChannel } from '@openclaw/core';

/** The channels that come with the gateway, each loaded when it is configured. */
export const BUILT_IN_CHANNELS: Readonly<Record<string, () => Promise<{ createChannel: CreateChannel }>>> = {
  telegram: () => import('@openclaw/adapter-telegram'),
  slack: () => import('@openclaw/adapter-slack'),
  discord: () => import('@openclaw/adapter-discord'),
  webhook: () => import('@openclaw/adapter-webhook-channel'),
};
