import { ExecuteSkillRequest, InstallSkillRequest } from '@openclaw/contracts';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { skillExecuted, skillInfo, skillList } from './skills.js';
import { skillExecuteDocs, skillInstallDocs, skillListDocs, skillRemoveDocs } from './skills.docs.js';

export function skillRoutes({ skills }: Pick<HttpDeps, 'skills'>): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/skills',
      scopes: ['read'],
      docs: skillListDocs,
      handle: async (call) => call.reply(200, skillList(await skills.catalog.states(call.tenant))),
    },
    {
      method: 'post',
      path: '/api/v1/skills/install',
      scopes: ['admin'],
      docs: skillInstallDocs,
      handle: async (call) => {
        const { name, version } = await call.body(InstallSkillRequest);
        const { tenant } = call;
        const by = call.principal?.name ?? '';
        const skill = await skills.install.execute({ name, version, tenant, by }, call.signal);
        call.reply(201, skillInfo(await skills.catalog.state(skill)));
      },
    },
    {
      method: 'delete',
      path: '/api/v1/skills/:name',
      scopes: ['admin'],
      docs: skillRemoveDocs,
      handle: async (call) => {
        const name = call.pathId('name');
        await skills.remove.execute(name, call.principal?.name ?? '');
        call.reply(200, { name, removed: true });
      },
    },
    {
      method: 'post',
      path: '/api/v1/skills/:name/execute',
      scopes: ['chat'],
      envelope: true,
      docs: skillExecuteDocs,
      handle: async (call) => {
        const name = call.pathId('name');
        const { args = {}, session, tool } = await call.body(ExecuteSkillRequest);
        const command = {
          ...{ tenant: call.tenant, name, args },
          ...(session !== undefined && { session }),
          ...(tool !== undefined && { tool }),
        };
        call.reply(200, skillExecuted(await skills.execute.execute(command, call.signal)));
      },
    },
  ];
}
