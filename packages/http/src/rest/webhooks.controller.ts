import {
  ChangeWebhookRequest,
  CreateWebhookRequest,
  DeliveryListQuery,
  parseIsoTime,
  RedeliverRequest,
  RotateSecretRequest,
  type WebhookRetry,
} from '@openclaw/contracts';
import { InvalidInput, type RetrySettings } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { decodeDeliveryCursor } from './cursors.js';
import { deliveryBody, deliveryList, testBody, webhookBody, webhookList, webhookWithSecret } from './webhooks.js';
import * as docs from './webhooks.docs.js';

const DEFAULT_LIMIT = 20;
const ADMIN = ['admin'] as const;

/** Subscriptions and deliveries, of the caller's tenant. */
export function webhookRoutes({ webhooks }: HttpDeps): Route[] {
  const change = async (call: ApiCall): Promise<void> => {
    const id = call.pathId();
    const { retry, ...request } = await call.body(ChangeWebhookRequest);
    call.reply(200, webhookBody(await webhooks.change(call.tenant, id, { ...request, ...retryOf(retry) })));
  };
  return [
    {
      method: 'get',
      path: '/api/v1/webhooks',
      scopes: ADMIN,
      docs: docs.webhookListDocs,
      handle: async (call) => call.reply(200, webhookList(await webhooks.list(call.tenant))),
    },
    {
      method: 'post',
      path: '/api/v1/webhooks',
      scopes: ADMIN,
      docs: docs.webhookCreateDocs,
      handle: async (call) => {
        const { retry, ...request } = await call.body(CreateWebhookRequest);
        call.reply(201, webhookWithSecret(await webhooks.create(call.tenant, { ...request, ...retryOf(retry) })));
      },
    },
    {
      method: 'get',
      path: '/api/v1/webhooks/deliveries/:id',
      scopes: ADMIN,
      docs: docs.deliveryDocs,
      handle: async (call) => call.reply(200, deliveryBody(await webhooks.delivery(call.tenant, call.pathId()))),
    },
    {
      method: 'post',
      path: '/api/v1/webhooks/deliveries/:id/redeliver',
      scopes: ADMIN,
      docs: docs.redeliverDocs,
      handle: async (call) => call.reply(202, deliveryBody(await webhooks.redeliver(call.tenant, call.pathId()))),
    },
    {
      method: 'get',
      path: '/api/v1/webhooks/:id',
      scopes: ADMIN,
      docs: docs.webhookDocs,
      handle: async (call) => call.reply(200, webhookBody(await webhooks.find(call.tenant, call.pathId()))),
    },
    { method: 'put', path: '/api/v1/webhooks/:id', scopes: ADMIN, docs: docs.webhookReplaceDocs, handle: change },
    { method: 'patch', path: '/api/v1/webhooks/:id', scopes: ADMIN, docs: docs.webhookChangeDocs, handle: change },
    {
      method: 'delete',
      path: '/api/v1/webhooks/:id',
      scopes: ADMIN,
      docs: docs.webhookDeleteDocs,
      handle: async (call) => {
        const id = call.pathId();
        await webhooks.delete(call.tenant, id);
        call.reply(200, { id, deleted: true });
      },
    },
    {
      method: 'post',
      path: '/api/v1/webhooks/:id/rotate-secret',
      scopes: ADMIN,
      docs: docs.rotateSecretDocs,
      handle: async (call) => {
        const id = call.pathId();
        const { secret, overlap_seconds: overlapSeconds } = await call.optionalBody(RotateSecretRequest);
        const wanted = {
          ...(secret !== undefined && { secret }),
          ...(overlapSeconds !== undefined && { overlapSeconds }),
        };
        call.reply(200, webhookWithSecret(await webhooks.rotateSecret(call.tenant, id, wanted)));
      },
    },
    {
      method: 'get',
      path: '/api/v1/webhooks/:id/deliveries',
      scopes: ADMIN,
      docs: docs.deliveryListDocs,
      handle: async (call) => {
        const id = call.pathId();
        const { state, limit = DEFAULT_LIMIT, cursor } = call.query(DeliveryListQuery);
        const after = cursor === undefined ? undefined : decodeDeliveryCursor(cursor, 'cursor');
        const page = { limit, ...(after && { after }) };
        call.reply(200, deliveryList(await webhooks.deliveries(call.tenant, id, { ...(state && { state }) }, page)));
      },
    },
    {
      method: 'post',
      path: '/api/v1/webhooks/:id/redeliver',
      scopes: ADMIN,
      docs: docs.redeliverSinceDocs,
      handle: async (call) => {
        const id = call.pathId();
        const { since } = await call.body(RedeliverRequest);
        const time = parseIsoTime(since);
        if (!time) throw InvalidInput.field('since', 'since must be an ISO 8601 time');
        const { count, more } = await webhooks.redeliverSince(call.tenant, id, time);
        call.reply(202, { redelivered: count, ...(more && { more }) });
      },
    },
    {
      method: 'post',
      path: '/api/v1/webhooks/:id/test',
      scopes: ADMIN,
      docs: docs.webhookTestDocs,
      handle: async (call) => call.reply(200, testBody(await webhooks.test(call.tenant, call.pathId()))),
    },
  ];
}

/** Members that are null count as absent here too. */
function retryOf(retry: WebhookRetry | undefined): { retry?: Partial<RetrySettings> } {
  if (!retry) return {};
  const { maxAttempts, backoffMs } = retry;
  return {
    retry: {
      ...(typeof maxAttempts === 'number' && { maxAttempts }),
      ...(typeof backoffMs === 'number' && { backoffMs }),
    },
  };
}
