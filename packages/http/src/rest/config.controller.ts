import type { ConfigUpdated } from '@openclaw/contracts';
import { NotFound } from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { success } from './dialect-d.js';
import { configDocs, configPartDocs, configUpdateDocs } from './gateway.docs.js';

export function configRoutes({ config }: HttpDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/config',
      scopes: ['admin'],
      docs: configDocs,
      handle: (call) => call.reply(200, config.effective() as object),
    },
    {
      method: 'put',
      path: '/api/v1/config',
      scopes: ['admin'],
      docs: configUpdateDocs,
      handle: async (call) => {
        const update = await config.update(await call.json());
        call.reply(200, {
          config: update.config,
          applied: update.applied,
          restart_required: update.restartPaths.length > 0,
          restart_paths: update.restartPaths,
        } satisfies ConfigUpdated);
      },
    },
    {
      method: 'get',
      path: '/api/v1/config/*path',
      scopes: ['admin'],
      docs: configPartDocs,
      envelope: true,
      handle: (call) => {
        const path = [call.req.params.path ?? []].flat().join('/');
        const part = config.part(path);
        if (part === undefined) throw new NotFound(`The configuration has no "${path.slice(0, 200)}"`);
        call.reply(200, success(part));
      },
    },
  ];
}
