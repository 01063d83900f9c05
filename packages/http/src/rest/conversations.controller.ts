import { ConversationListQuery, ConversationQuery, parseIsoTime } from '@openclaw/contracts';
import { InvalidInput, NotFound } from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { conversationDetail, conversationList } from './conversations.js';
import { decodeConversationCursor, decodeMessageCursor } from './cursors.js';
import { conversationDeleteDocs, conversationDocs, conversationListDocs } from './conversations.docs.js';

const DEFAULT_LIMIT = 20;
const DEFAULT_MESSAGES = 1000;

export function conversationRoutes({ conversations }: HttpDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/conversations',
      scopes: ['read'],
      docs: conversationListDocs,
      handle: async (call) => {
        const query = call.query(ConversationListQuery);
        const { limit = DEFAULT_LIMIT, offset = 0, channel } = query;
        const after = query.cursor === undefined ? undefined : decodeConversationCursor(query.cursor, 'cursor');
        if (after && offset > 0) throw InvalidInput.field('offset', "offset can't go with cursor; send one of them");
        const filter = { channel, since: timeOf(query.since), until: timeOf(query.until) };
        const page = await conversations.list(call.tenant, filter, { limit, offset, after });
        call.reply(200, conversationList(page, limit, offset));
      },
    },
    {
      method: 'get',
      path: '/api/v1/conversations/:id',
      scopes: ['read'],
      docs: conversationDocs,
      handle: async (call) => {
        const id = call.pathId();
        const { limit = DEFAULT_MESSAGES, before } = call.query(ConversationQuery);
        const place = before === undefined ? undefined : decodeMessageCursor(before, 'before');
        const conversation = await conversations.find(call.tenant, id);
        if (!conversation) throw unknown(id);
        const page = await conversations.messages(call.tenant, id, { limit, before: place });
        call.reply(200, conversationDetail(conversation, page));
      },
    },
    {
      method: 'delete',
      path: '/api/v1/conversations/:id',
      scopes: ['chat'],
      docs: conversationDeleteDocs,
      handle: async (call) => {
        const id = call.pathId();
        if (!(await conversations.delete(call.tenant, id))) throw unknown(id);
        call.reply(200, { id, deleted: true });
      },
    },
  ];
}

function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : parseIsoTime(text);
}

function unknown(id: string): NotFound {
  return new NotFound(`There is no conversation "${id}"`);
}
