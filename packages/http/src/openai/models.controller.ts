import type { WireModel, WireModelList } from '@openclaw/contracts';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { agentModelDocs, agentModelsDocs } from './openai.docs.js';
import { agentOfModel, modelName, notFound, unknownModel } from './addressee.js';

/** The agents, as models. */
export function agentModelRoutes({ agents, clock }: HttpDeps): Route[] {
  const created = Math.floor(clock.now().getTime() / 1000);
  const model = (id: string): WireModel => ({ id, object: 'model', created, owned_by: 'openclaw' });
  return [
    {
      method: 'get',
      path: '/v1/models',
      scopes: ['read', 'chat'],
      docs: agentModelsDocs,
      handle: (call) => {
        const list: WireModelList = {
          object: 'list',
          data: ['openclaw', ...agents().list().map(modelName)].map(model),
        };
        call.reply(200, list);
      },
    },
    {
      method: 'get',
      path: '/v1/models/:id',
      scopes: ['read', 'chat'],
      docs: agentModelDocs,
      handle: (call) => {
        const id = call.pathId();
        if (agentOfModel(id, agents()) === undefined) throw notFound(unknownModel(id, agents()), 'model');
        call.reply(200, model(id));
      },
    },
  ];
}
