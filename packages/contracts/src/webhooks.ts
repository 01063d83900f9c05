import { IsOptional } from './class-validator.js';
import {
  enumSchema,
  flagSchema,
  type JsonSchema,
  listSchema,
  objectSchema,
  optional,
  textSchema,
  timeSchema,
  wholeSchema,
} from './openapi/schema.js';
import { Choices, Flag, IsoTime, Name, OneOf, ObjectValue, Text, Whole } from './rules.js';

export const WEBHOOK_EVENTS = [
  'message.received',
  'message.sent',
  'message.failed',
  'conversation.created',
  'conversation.deleted',
  'channel.connected',
  'channel.disconnected',
] as const;
export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

/** As in the configuration. */
export class WebhookRetry {
  @IsOptional()
  @Whole(1, 100)
  maxAttempts?: number;

  @IsOptional()
  @Whole(1, 86_400_000)
  backoffMs?: number;
}

const about = {
  url: { description: 'Where to POST the events: http or https.' },
  enabled: { description: 'Whether events are delivered.' },
  retry: { description: 'What happens when the endpoint does not take an event; 3 attempts, 5000 ms.' },
};

/** POST /api/v1/webhooks */
export class CreateWebhookRequest {
  static readonly nested = { retry: WebhookRetry };
  static readonly about = { ...about, secret: { description: 'Signs the events; made where it is left out.' } };

  @Name(2_000)
  url!: string;

  @Choices(WEBHOOK_EVENTS)
  events!: (typeof WEBHOOK_EVENTS)[number][];

  @IsOptional()
  @Text()
  secret?: string;

  @IsOptional()
  @ObjectValue()
  retry?: WebhookRetry;

  @IsOptional()
  @Flag()
  enabled?: boolean;
}

/** PUT and PATCH /api/v1/webhooks/:id; what is left out stays as it is. */
export class ChangeWebhookRequest {
  static readonly nested = { retry: WebhookRetry };
  static readonly about = about;

  @IsOptional()
  @Name(2_000)
  url?: string;

  @IsOptional()
  @Choices(WEBHOOK_EVENTS)
  events?: (typeof WEBHOOK_EVENTS)[number][];

  @IsOptional()
  @ObjectValue()
  retry?: WebhookRetry;

  @IsOptional()
  @Flag()
  enabled?: boolean;
}

/** POST /api/v1/webhooks/:id/rotate-secret */
export class RotateSecretRequest {
  static readonly about = {
    secret: { description: 'The new one; made where it is left out.' },
    overlap_seconds: { description: 'For how long the one so far signs too.', default: 86_400 },
  };

  @IsOptional()
  @Text()
  secret?: string;

  @IsOptional()
  @Whole(0, 2_592_000)
  overlap_seconds?: number;
}

/** GET /api/v1/webhooks/:id/deliveries */
export class DeliveryListQuery {
  static readonly about = {
    limit: { default: 20 },
    cursor: { description: '`next_cursor` of the page before.' },
  };

  @IsOptional()
  @OneOf(DELIVERY_STATES)
  state?: (typeof DELIVERY_STATES)[number];

  @IsOptional()
  @Whole(1, 100)
  limit?: number;

  @IsOptional()
  @Name(500)
  cursor?: string;
}

/** POST /api/v1/webhooks/:id/redeliver */
export class RedeliverRequest {
  static readonly about = { since: { description: 'Dead deliveries of events not older than this.' } };

  @IsoTime()
  since!: string;
}

export interface Webhook {
  id: string;
  url: string;
  events: string[];
  retry: { maxAttempts: number; backoffMs: number };
  enabled: boolean;
  status: 'active' | 'failing' | 'disabled';
  disabled_reason?: 'operator' | 'gone' | 'failing';
  disabled_at?: string;
  failing_since?: string;
  source: 'api' | 'config';
  created_at: string;
  updated_at: string;
  previous_secret_until?: string;
}

export interface WebhookWithSecret extends Webhook {
  secret: string;
}

export interface WebhookList {
  webhooks: Webhook[];
  total: number;
}

export interface WebhookDeleted {
  id: string;
  deleted: true;
}

export interface DeliveryAttempt {
  at: string;
  latency_ms: number;
  status?: number;
  error?: string;
  response?: string;
}

export interface WebhookDelivery {
  id: string;
  webhook_id: string;
  event_id: string;
  event: string;
  conversation_id?: string;
  state: (typeof DELIVERY_STATES)[number];
  created_at: string;
  attempts: DeliveryAttempt[];
  next_attempt_at?: string;
  ended_at?: string;
}

export interface WebhookDeliveryList {
  deliveries: WebhookDelivery[];
  next_cursor?: string;
}

export interface WebhookRedelivered {
  redelivered: number;
  more?: boolean;
}

export interface WebhookTested {
  delivery_id: string;
  delivered: boolean;
  attempt: DeliveryAttempt;
}

const webhookMembers = {
  id: textSchema(),
  url: textSchema(),
  events: listSchema(enumSchema(...WEBHOOK_EVENTS)),
  retry: objectSchema<Webhook['retry']>({
    maxAttempts: wholeSchema(),
    backoffMs: wholeSchema({
      description: 'Before the second attempt; doubles, with jitter, before each further one.',
    }),
  }),
  enabled: flagSchema(),
  status: { ...enumSchema('active', 'failing', 'disabled'), description: 'failing: nothing has been taken of late.' },
  disabled_reason: optional({
    ...enumSchema('operator', 'gone', 'failing'),
    description: 'gone: it answered 410; failing: it took nothing for three days.',
  }),
  disabled_at: optional(timeSchema()),
  failing_since: optional(timeSchema()),
  source: { ...enumSchema('api', 'config'), description: 'Those of the configuration are changed there.' },
  created_at: timeSchema(),
  updated_at: timeSchema(),
  previous_secret_until: optional(timeSchema({ description: 'Until then the secret before signs too.' })),
};

export const webhookSchema: JsonSchema = objectSchema<Webhook>(webhookMembers, { title: 'Webhook' });

export const webhookWithSecretSchema: JsonSchema = objectSchema<WebhookWithSecret>(
  { ...webhookMembers, secret: textSchema({ description: 'Shown this once.' }) },
  { title: 'WebhookWithSecret' },
);

export const webhookListSchema: JsonSchema = objectSchema<WebhookList>(
  { webhooks: listSchema(webhookSchema), total: wholeSchema() },
  { title: 'WebhookList' },
);

const attemptSchema = objectSchema<DeliveryAttempt>(
  {
    at: timeSchema(),
    latency_ms: wholeSchema(),
    status: optional(wholeSchema({ description: 'Of the answer; absent when there was none.' })),
    error: optional(textSchema({ description: 'Why there was no answer.' })),
    response: optional(textSchema({ description: 'The first kilobyte of the answer.' })),
  },
  { title: 'DeliveryAttempt' },
);

export const webhookDeliverySchema: JsonSchema = objectSchema<WebhookDelivery>(
  {
    id: textSchema(),
    webhook_id: textSchema(),
    event_id: textSchema({ description: 'The `webhook-id` that the endpoint sees.' }),
    event: textSchema(),
    conversation_id: optional(textSchema()),
    state: enumSchema(...DELIVERY_STATES),
    created_at: timeSchema(),
    attempts: listSchema(attemptSchema, { description: 'Oldest first; the last 50.' }),
    next_attempt_at: optional(timeSchema()),
    ended_at: optional(timeSchema()),
  },
  { title: 'WebhookDelivery' },
);

export const webhookDeliveryListSchema: JsonSchema = objectSchema<WebhookDeliveryList>(
  { deliveries: listSchema(webhookDeliverySchema), next_cursor: optional(textSchema()) },
  { title: 'WebhookDeliveryList' },
);

export const webhookRedeliveredSchema: JsonSchema = objectSchema<WebhookRedelivered>(
  {
    redelivered: wholeSchema({ description: 'How many will be sent again, of those looked at so far.' }),
    more: optional(flagSchema({ description: 'There may be more: they are looked through in the background.' })),
  },
  { title: 'WebhookRedelivered' },
);

export const webhookTestedSchema: JsonSchema = objectSchema<WebhookTested>(
  { delivery_id: textSchema(), delivered: flagSchema(), attempt: attemptSchema },
  { title: 'WebhookTested' },
);

export const webhookDeletedSchema: JsonSchema = objectSchema<WebhookDeleted>(
  { id: textSchema(), deleted: { const: true } },
  { title: 'WebhookDeleted' },
);
