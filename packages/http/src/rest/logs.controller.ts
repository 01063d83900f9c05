import { LogsQuery, parseIsoTime } from '@openclaw/contracts';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { logsDocs } from './gateway.docs.js';

const DEFAULT_LINES = 50;

export function logRoutes({ logs }: HttpDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/logs',
      scopes: ['admin'],
      docs: logsDocs,
      handle: (call) => {
        const { lines = DEFAULT_LINES, level = 'info', since, component } = call.query(LogsQuery);
        const from = since === undefined ? undefined : parseIsoTime(since);
        const page = logs.query({ lines, level, since: from, component });
        call.reply(200, { logs: page.logs, total: page.total });
      },
    },
  ];
}
