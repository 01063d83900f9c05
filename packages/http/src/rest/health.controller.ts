import type { Health, HealthDetail } from '@openclaw/contracts';
import type { Component, ComponentHealth } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { apiHealthDocs, healthDetailDocs, healthDocs } from './gateway.docs.js';

export function healthRoutes({ health, version }: HttpDeps): Route[] {
  const simple = (call: ApiCall): void => {
    const ready = health.ready();
    // The process's, as in /status; a clock that is set right does not change it.
    const uptime_seconds = Math.floor(process.uptime());
    call.reply(ready ? 200 : 503, { status: ready ? 'ok' : 'draining', version, uptime_seconds } satisfies Health);
  };

  const detailed = async (call: ApiCall): Promise<void> => {
    const detail = healthDetail(await health.components(call.tenant), health.ready());
    call.reply(detail.status === 'down' || detail.status === 'draining' ? 503 : 200, detail);
  };

  return [
    { method: 'get', path: '/health', scopes: 'public', docs: healthDocs, handle: simple },
    { method: 'get', path: '/api/v1/health', scopes: 'public', docs: apiHealthDocs, handle: simple },
    {
      method: 'get',
      path: '/health/detail',
      scopes: ['read'],
      counted: false,
      docs: healthDetailDocs,
      handle: detailed,
    },
  ];
}

/** Without its database the gateway can serve nothing; without anything else it serves what it can. */
export function healthDetail(components: Record<Component, ComponentHealth>, ready: boolean): HealthDetail {
  const { database, provider, channels, webhooks, skills } = components;
  return { status: overall(components, ready), database, provider, channels, webhooks, skills };
}

function overall(components: Record<Component, ComponentHealth>, ready: boolean): HealthDetail['status'] {
  if (!ready) return 'draining';
  if (components.database.status === 'down') return 'down';
  return Object.values(components).every(({ status }) => status === 'ok') ? 'ok' : 'degraded';
}
