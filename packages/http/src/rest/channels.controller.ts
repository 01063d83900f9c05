import { type ChannelInfo, type PairingInfo, PairingRequest } from '@openclaw/contracts';
import { type ChannelFacts, InvalidInput, NotFound, type Pairing } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import {
  channelListDocs,
  channelStatusDocs,
  pairingApproveDocs,
  pairingListDocs,
  pairingRemoveDocs,
} from './channels.docs.js';

const NAME = /^[^\p{Cc}]{1,64}$/u;

export function channelRoutes({ channels, pairings }: Pick<HttpDeps, 'channels' | 'pairings'>): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/channels',
      scopes: ['read'],
      docs: channelListDocs,
      handle: async (call) => call.reply(200, { channels: (await channels.list(call.tenant)).map(channelInfo) }),
    },
    {
      method: 'get',
      path: '/api/v1/channels/:type/status',
      scopes: ['read'],
      docs: channelStatusDocs,
      handle: async (call) => {
        const type = typeOf(call);
        const channel = await channels.find(call.tenant, type);
        if (!channel) throw new NotFound(`The channel "${type}" is not configured on this gateway`);
        call.reply(200, channelInfo(channel));
      },
    },
    {
      method: 'get',
      path: '/api/v1/channels/:type/pairings',
      scopes: ['admin'],
      docs: pairingListDocs,
      handle: async (call) =>
        call.reply(200, { pairings: (await pairings.list(call.tenant, typeOf(call))).map(pairingInfo) }),
    },
    {
      method: 'post',
      path: '/api/v1/channels/:type/pairings',
      scopes: ['admin'],
      docs: pairingApproveDocs,
      handle: async (call) => {
        const type = typeOf(call);
        const { code } = await call.body(PairingRequest);
        call.reply(200, pairingInfo(await pairings.approve(call.tenant, type, code)));
      },
    },
    {
      method: 'delete',
      path: '/api/v1/channels/:type/pairings/:id',
      scopes: ['admin'],
      docs: pairingRemoveDocs,
      handle: async (call) => {
        const id = call.pathId();
        await pairings.remove(call.tenant, typeOf(call), id);
        call.reply(200, { user_id: id, deleted: true });
      },
    },
  ];
}

function typeOf(call: ApiCall): string {
  const { type } = call.req.params;
  if (typeof type === 'string' && NAME.test(type)) return type;
  throw InvalidInput.field('type', 'type must be the name of a channel, 1 to 64 characters');
}

function channelInfo({ type, status, connectedSince, messagesToday, lastError }: ChannelFacts): ChannelInfo {
  return {
    type,
    status,
    ...(connectedSince && { connected_since: connectedSince.toISOString() }),
    messages_today: messagesToday,
    ...(lastError !== undefined && { last_error: lastError }),
  };
}

function pairingInfo({ channel, userId, userName, createdAt, approvedAt, expiresAt }: Pairing): PairingInfo {
  return {
    ...{ channel, user_id: userId, user_name: userName, created_at: createdAt.toISOString() },
    ...(approvedAt && { approved_at: approvedAt.toISOString() }),
    ...(expiresAt && { expires_at: expiresAt.toISOString() }),
  };
}
