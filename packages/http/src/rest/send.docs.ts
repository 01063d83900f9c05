import { dtoSchema, type Operation, SendRequest, sendAnswerSchema, sendStateSchema } from '@openclaw/contracts';
import { idempotencyHeader } from './turn-headers.docs.js';

const ID = 'msg_01k9f0a1b2c3d4e5f6g7h8j9k0';
const chat = { channel: 'telegram', chatId: '123456', conversationId: 'telegram:123456' };
const timestamp = '2026-03-20T15:30:00.000Z';
const sent = { id: ID, status: 'sent', ...chat, channelMessageId: '42', timestamp };
const queued = { id: ID, status: 'queued', ...chat, timestamp };

export const sendDocs: Operation = {
  id: 'send',
  headers: [idempotencyHeader],
  tag: 'Channels',
  summary: 'Send a message to a chat',
  description:
    'Stored before the first attempt, and tried again until the platform has taken it, for 24 hours. Messages to one chat keep their order. ' +
    'A text that is too long for one message of the platform is split, into at most 50 (Telegram: of 4,096 characters, Slack: 3,500, ' +
    'Discord: 2,000, webhook: 16,000); more is a 400. ' +
    'A channel that is not configured on this gateway is a 503; what the platform refuses for good is a 422 with its words.',
  body: {
    schema: dtoSchema(SendRequest),
    examples: { telegram: { channel: 'telegram', chatId: '123456', message: 'Dinner is ready' } },
  },
  answers: {
    200: {
      description: 'The platform has taken it.',
      json: {
        schema: sendAnswerSchema,
        examples: { sent },
      },
    },
    202: {
      description: 'It is accepted, and waits: for the platform, or for an earlier message to the same chat.',
      json: {
        schema: sendAnswerSchema,
        examples: { queued: { ...queued, statusUrl: `/api/v1/send/${ID}` } },
      },
    },
  },
  errors: [409, 422],
};

export const sendStateDocs: Operation = {
  id: 'sendState',
  tag: 'Channels',
  summary: 'What became of a message to a chat',
  description: 'Of answers to chats too: their id is that of the message. Kept for 7 days after its end.',
  path: { id: 'As it was given when the message was accepted.' },
  answers: {
    200: {
      description: 'Its state.',
      json: {
        schema: sendStateSchema,
        examples: {
          queued: { ...queued, attempts: 3, lastError: 'The platform asks to wait' },
          failed: {
            ...queued,
            status: 'failed',
            attempts: 1,
            error: { error: 'channel_rejected', message: 'Bad Request: chat not found' },
          },
        },
      },
    },
  },
  errors: [404],
};
