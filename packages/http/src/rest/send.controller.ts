import { SendRequest } from '@openclaw/contracts';
import { NotFound, refusal } from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { markReplayed } from '../sse/stream-turn.js';
import { sendAnswer, sendState } from './sends.js';
import { idempotency } from './turn-headers.js';
import { sendDocs, sendStateDocs } from './send.docs.js';

export function sendRoutes({ sendToChannel, sends }: Pick<HttpDeps, 'sendToChannel' | 'sends'>): Route[] {
  return [
    {
      method: 'post',
      path: '/api/v1/send',
      scopes: ['send'],
      article: true,
      docs: sendDocs,
      handle: async (call) => {
        const json = await call.json();
        const key = idempotency(call, json);
        const { channel, chatId, message: text } = call.decode(SendRequest, json);
        const { send, replayed } = await sendToChannel.execute({ tenant: call.tenant, channel, chatId, text }, key);
        if (replayed) markReplayed(call);
        const refused = refusal(send);
        if (refused) throw refused;
        call.reply(send.state === 'sent' ? 200 : 202, sendAnswer(send));
      },
    },
    {
      method: 'get',
      path: '/api/v1/send/:id',
      scopes: ['send', 'read'],
      article: true,
      docs: sendStateDocs,
      handle: async (call) => {
        const id = call.pathId();
        const send = await sends.find(call.tenant, id);
        if (!send) throw new NotFound(`There is no message "${id}" that was sent to a chat in the last 7 days`);
        call.reply(200, sendState(send));
      },
    },
  ];
}
