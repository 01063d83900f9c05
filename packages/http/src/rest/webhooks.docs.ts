import {
  ChangeWebhookRequest,
  CreateWebhookRequest,
  DeliveryListQuery,
  dtoSchema,
  type Operation,
  RedeliverRequest,
  RotateSecretRequest,
  webhookDeletedSchema,
  webhookDeliveryListSchema,
  webhookDeliverySchema,
  webhookListSchema,
  webhookRedeliveredSchema,
  webhookSchema,
  webhookTestedSchema,
  webhookWithSecretSchema,
} from '@openclaw/contracts';

const path = { id: 'The id of a webhook.' };
const ofDelivery = { id: 'The id of a delivery.' };

const webhook = {
  id: 'whk_01k5xyn8r0a1b2c3d4e5f6g7h8',
  url: 'https://crm.example.com/openclaw',
  events: ['message.received', 'message.sent'],
  retry: { maxAttempts: 3, backoffMs: 5_000 },
  enabled: true,
  status: 'active',
  source: 'api',
  created_at: '2026-11-20T12:00:00.000Z',
  updated_at: '2026-11-20T12:00:00.000Z',
};
const withSecret = { ...webhook, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=' };
const attempt = { at: '2026-11-20T12:00:01.000Z', latency_ms: 83, status: 500, response: 'try later' };
const delivery = {
  id: 'dlv_019aa1f0c1009f86d081884c7d659a2f_01k5xyn8r0a1b2c3d4e5f6g7h8',
  webhook_id: webhook.id,
  event_id: 'evt_019aa1f0c1009f86d081884c7d659a2f',
  event: 'message.sent',
  conversation_id: 'conv_01k5xyn8r0a1b2c3d4e5f6g7h8',
  state: 'pending',
  created_at: '2026-11-20T12:00:01.000Z',
  attempts: [attempt],
  next_attempt_at: '2026-11-20T12:00:06.000Z',
};

export const webhookListDocs: Operation = {
  id: 'listWebhooks',
  tag: 'Webhooks',
  summary: 'List the webhooks, those of the configuration too',
  answers: {
    200: {
      description: 'Oldest first, without their secrets.',
      json: { schema: webhookListSchema, examples: { one: { webhooks: [webhook], total: 1 } } },
    },
  },
};

export const webhookCreateDocs: Operation = {
  id: 'createWebhook',
  tag: 'Webhooks',
  summary: 'Have events sent to an endpoint',
  description: 'What happens from now on is sent. How to receive and to verify it: docs/guides/webhooks.md.',
  body: {
    schema: dtoSchema(CreateWebhookRequest),
    examples: { messages: { url: webhook.url, events: webhook.events, enabled: false } },
  },
  answers: {
    201: {
      description: 'The webhook, with its secret, which is not shown again.',
      json: { schema: webhookWithSecretSchema, examples: { created: withSecret } },
    },
  },
  errors: [409],
};

export const webhookDocs: Operation = {
  id: 'getWebhook',
  tag: 'Webhooks',
  summary: 'Read a webhook',
  path,
  answers: { 200: { description: 'The webhook.', json: { schema: webhookSchema, examples: { webhook } } } },
  errors: [404],
};

export const webhookChangeDocs: Operation = {
  id: 'changeWebhook',
  tag: 'Webhooks',
  summary: 'Change a webhook',
  description:
    'What is left out stays as it is. `enabled: true` forgives one that disabled itself. What waits for one that is disabled is dead.',
  path,
  body: { schema: dtoSchema(ChangeWebhookRequest), examples: { pause: { enabled: false } } },
  answers: { 200: { description: 'As it is now.', json: { schema: webhookSchema, examples: { webhook } } } },
  errors: [404, 409],
};

export const webhookReplaceDocs: Operation = {
  ...webhookChangeDocs,
  id: 'putWebhook',
  summary: 'Change a webhook (the same as PATCH)',
};

export const webhookDeleteDocs: Operation = {
  id: 'deleteWebhook',
  tag: 'Webhooks',
  summary: 'Delete a webhook and its deliveries',
  path,
  answers: {
    200: {
      description: 'It is gone.',
      json: { schema: webhookDeletedSchema, examples: { deleted: { id: webhook.id, deleted: true } } },
    },
  },
  errors: [404, 409],
};

export const rotateSecretDocs: Operation = {
  id: 'rotateWebhookSecret',
  tag: 'Webhooks',
  summary: 'Give a webhook another secret',
  description:
    'For a day, or as long as asked, `webhook-signature` has a signature with each; the other signatures are made with the new one at once. The body may be left out.',
  path,
  body: { schema: dtoSchema(RotateSecretRequest), examples: { hour: { overlap_seconds: 3_600 } } },
  answers: {
    200: {
      description: 'The webhook, with its new secret, which is not shown again.',
      json: {
        schema: webhookWithSecretSchema,
        examples: { rotated: { ...withSecret, previous_secret_until: '2026-11-21T12:00:00.000Z' } },
      },
    },
  },
  errors: [404, 409],
};

export const deliveryListDocs: Operation = {
  id: 'listWebhookDeliveries',
  tag: 'Webhooks',
  summary: 'List what was sent to a webhook, newest event first',
  description: 'What was delivered is kept for a day, what is dead for 30.',
  path,
  query: DeliveryListQuery,
  answers: {
    200: {
      description: 'A page of deliveries.',
      json: { schema: webhookDeliveryListSchema, examples: { page: { deliveries: [delivery] } } },
    },
  },
  errors: [404],
};

export const deliveryDocs: Operation = {
  id: 'getWebhookDelivery',
  tag: 'Webhooks',
  summary: 'Read a delivery',
  path: ofDelivery,
  answers: {
    200: { description: 'The delivery.', json: { schema: webhookDeliverySchema, examples: { delivery } } },
  },
  errors: [404],
};

export const redeliverDocs: Operation = {
  id: 'redeliverWebhookDelivery',
  tag: 'Webhooks',
  summary: 'Send a delivery again that has ended',
  path: ofDelivery,
  answers: {
    202: { description: 'It will be sent.', json: { schema: webhookDeliverySchema, examples: { delivery } } },
  },
  errors: [404, 409],
};

export const redeliverSinceDocs: Operation = {
  id: 'redeliverWebhookDeliveries',
  tag: 'Webhooks',
  summary: 'Send all dead deliveries again since a time',
  path,
  body: { schema: dtoSchema(RedeliverRequest), examples: { since: { since: '2026-11-20T12:00:00Z' } } },
  answers: {
    202: {
      description: 'They will be sent, in their order.',
      json: {
        schema: webhookRedeliveredSchema,
        examples: { some: { redelivered: 12 }, many: { redelivered: 1_000, more: true } },
      },
    },
  },
  errors: [404, 409],
};

export const webhookTestDocs: Operation = {
  id: 'testWebhook',
  tag: 'Webhooks',
  summary: 'Send a webhook.test event, once, and say how it went',
  description: 'Also to a webhook that is disabled.',
  path,
  answers: {
    200: {
      description: 'The attempt was made; whether it went well is in the answer.',
      json: {
        schema: webhookTestedSchema,
        examples: { refused: { delivery_id: delivery.id, delivered: false, attempt } },
      },
    },
  },
  errors: [404],
};
