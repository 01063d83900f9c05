import type { Status } from '@openclaw/contracts';
import type { GatewayStatus } from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { statusDocs } from './gateway.docs.js';

export function statusRoutes({ status, health }: HttpDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/api/v1/status',
      scopes: ['read'],
      docs: statusDocs,
      handle: async (call) => call.reply(200, statusBody(await status.read(call.tenant), health.ready())),
    },
  ];
}

/** One body for two documents: B's members, and D's under `data`. */
export function statusBody(facts: GatewayStatus, ready: boolean): Status {
  const { gateway, reasoning, memory, skills, channels } = facts;
  const status = ready ? 'running' : 'draining';
  return {
    status,
    version: facts.version,
    uptime_seconds: facts.uptimeSeconds,
    gateway: { port: gateway.port, bind: gateway.bind, auth_enabled: gateway.authEnabled },
    reasoning: {
      primary_provider: reasoning.primaryProvider,
      primary_model: reasoning.primaryModel,
      total_requests: reasoning.totalRequests,
      avg_latency_ms: reasoning.averageLatencyMs,
    },
    memory: {
      wal_entries: memory.walEntries,
      compacted_files: memory.compactedFiles,
      total_size_mb: memory.totalSizeMb,
    },
    skills: {
      installed: skills.installed,
      active: skills.active,
      container_engine: skills.containerEngine,
      rootless: skills.rootless,
    },
    channels: { connected: channels.connected, disconnected: channels.disconnected },
    success: true,
    data: {
      gateway: { status, version: facts.version, uptime: facts.uptimeSeconds },
      models: { available: facts.models.available, default: facts.models.default },
      sessions: { active: facts.sessions.active, total: facts.sessions.total },
    },
  };
}
