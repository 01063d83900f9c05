import { dtoSchema, type Operation, SendRequest } from '@openclaw/contracts';
import { idempotencyHeader } from './turn-headers.docs.js';

export const sendDocs: Operation = {
  id: 'send',
  headers: [idempotencyHeader],
  tag: 'Channels',
  summary: 'Send a message to a chat',
  description: 'A channel that is not configured on this gateway is a 503.',
  body: {
    schema: dtoSchema(SendRequest),
    examples: { telegram: { channel: 'telegram', chatId: '123456', message: 'Dinner is ready' } },
  },
  answers: {},
  errors: [409],
};
