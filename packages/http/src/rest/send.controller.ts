import { CHANNEL_TYPES, SendRequest } from '@openclaw/contracts';
import { InvalidInput, Unavailable } from '@openclaw/core';
import type { Route } from '../router.js';
import { idempotencyKey } from './turn-headers.js';
import { sendDocs } from './send.docs.js';

/** Channels are configured by people; asking again at once is no use. */
const RETRY_AFTER_SECONDS = 60;

export function sendRoutes(): Route[] {
  return [
    {
      method: 'post',
      path: '/api/v1/send',
      scopes: ['send'],
      article: true,
      docs: sendDocs,
      handle: async (call) => {
        // Nothing is ever stored as yet, so no key is ever used up.
        idempotencyKey(call);
        const { channel } = await call.body(SendRequest);
        if (!CHANNEL_TYPES.some((type) => type === channel)) throw unknownChannel(channel);
        throw new Unavailable(`The channel ${channel} is not configured on this gateway`, {
          details: { channel },
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        });
      },
    },
  ];
}

function unknownChannel(channel: string): InvalidInput {
  const message = `unknown channel ${JSON.stringify(channel)}`;
  return new InvalidInput(
    `There is no channel type ${JSON.stringify(channel)}. Available: ${CHANNEL_TYPES.join(', ')}`,
    {
      details: { errors: [{ field: 'channel', message }], available: CHANNEL_TYPES },
    },
  );
}
