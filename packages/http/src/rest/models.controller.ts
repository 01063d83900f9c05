import type { ModelList } from '@openclaw/contracts';
import type { AgentDirectory } from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { modelsDocs } from './gateway.docs.js';

export function modelRoutes({ agents }: HttpDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/models',
      scopes: ['read'],
      docs: modelsDocs,
      handle: (call) => call.reply(200, modelList(agents().models)),
    },
  ];
}

function modelList(catalog: AgentDirectory['models']): ModelList {
  return {
    models: catalog.list().map((model) => ({ id: model.id, provider: model.label, default: model.default })),
    default: catalog.default.id,
  };
}
