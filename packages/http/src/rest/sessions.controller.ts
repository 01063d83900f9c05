import { CreateSessionRequest, SessionListQuery } from '@openclaw/contracts';
import { DEFAULT_AGENT, NotFound, newId } from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { sessionCreated, sessionDeleted, sessionList } from './dialect-d.js';
import { sessionCreateDocs, sessionDeleteDocs, sessionListDocs } from './sessions.docs.js';

const DEFAULT_LIMIT = 100;

/** Document D's sessions are the conversations by another name. */
export function sessionRoutes({ conversations, agents }: HttpDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/sessions',
      scopes: ['read'],
      docs: sessionListDocs,
      envelope: true,
      handle: async (call) => {
        const { limit = DEFAULT_LIMIT } = call.query(SessionListQuery);
        const page = await conversations.list(call.tenant, {}, { limit, offset: 0 });
        call.reply(200, sessionList(page.conversations));
      },
    },
    {
      method: 'post',
      path: '/api/v1/sessions',
      scopes: ['chat'],
      docs: sessionCreateDocs,
      envelope: true,
      handle: async (call) => {
        const { label, model } = await call.body(CreateSessionRequest);
        // An unknown model is refused now rather than at the session's first message.
        if (model !== undefined) agents().models.resolve(model);
        const session = { id: newId('session'), channel: 'api', label, agentId: DEFAULT_AGENT, model };
        call.reply(200, sessionCreated(await conversations.create(call.tenant, session)));
      },
    },
    {
      method: 'delete',
      path: '/api/v1/sessions/:id',
      scopes: ['chat'],
      docs: sessionDeleteDocs,
      envelope: true,
      handle: async (call) => {
        const id = call.pathId();
        if (!(await conversations.delete(call.tenant, id))) throw unknown(id);
        call.reply(200, sessionDeleted());
      },
    },
  ];
}

function unknown(id: string): NotFound {
  return new NotFound(`There is no session "${id}"`);
}
