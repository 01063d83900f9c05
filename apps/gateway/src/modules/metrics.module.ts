import type { Postgres } from '@openclaw/adapter-postgres';
import { type GaugeSource, PrometheusMetrics } from '@openclaw/adapter-prometheus';
import { ActiveTurns, AgentSlots, type Logger, Metrics, MetricsReader } from '@openclaw/core';
import type { GatewayServer } from '@openclaw/http';
import { ContainerModule } from 'inversify';
import { VERSION } from '../version.js';
import { POSTGRES } from './storage.module.js';

export function metricsModule(logger: Logger): ContainerModule {
  const metrics = new PrometheusMetrics(logger, VERSION);
  return new ContainerModule(({ bind }) => {
    bind(Metrics).toConstantValue(metrics);
    bind(PrometheusMetrics).toConstantValue(metrics);
    bind(MetricsReader)
      .toResolvedValue(
        (postgres: Postgres, active: ActiveTurns, slots: AgentSlots) => {
          for (const source of gauges(postgres, active, slots)) metrics.track(source);
          return metrics;
        },
        [POSTGRES, ActiveTurns, AgentSlots],
      )
      .inSingletonScope();
  });
}

/** To be tracked once there is a server. */
export function socketGauge(server: GatewayServer): GaugeSource {
  return {
    name: 'openclaw_sockets_active',
    help: 'WebSocket connections that are open.',
    values: () => ({ '': server.openSockets() }),
  };
}

function gauges(postgres: Postgres, active: ActiveTurns, slots: AgentSlots): GaugeSource[] {
  const ofAgents = (depth: 'running' | 'queued') =>
    Object.fromEntries(slots.depths().map((agent) => [agent.agent, agent[depth]]));
  return [
    // Before those that ask the database, or each reading would count its own questions.
    {
      name: 'openclaw_database_connections',
      help: 'Connections of this replica’s pool; waiting: requests for one that nobody has got yet.',
      label: 'state',
      values: () => ({ ...postgres.poolUse() }),
    },
    {
      name: 'openclaw_turns_active',
      help: 'Turns that this replica has taken on and not ended.',
      values: () => ({ '': active.size }),
    },
    {
      name: 'openclaw_turns_unfinished',
      help: 'Turns in the database that have not ended, of all replicas: running, or waiting for an earlier one.',
      label: 'state',
      values: async () => ({ ...(await postgres.queueDepths()).turns }),
    },
    {
      name: 'openclaw_jobs_waiting',
      help: 'Jobs that no replica has taken yet, of all replicas.',
      label: 'queue',
      values: async () => ({ turns: (await postgres.queueDepths()).jobs }),
    },
    {
      name: 'openclaw_webhook_deliveries_pending',
      help: 'Deliveries to webhook endpoints that are to be made, of all replicas.',
      values: async () => ({ '': await postgres.webhooks.queue.depth() }),
    },
    {
      name: 'openclaw_agent_turns_running',
      help: 'Model calls of an agent that run on this replica.',
      label: 'agent',
      values: () => ofAgents('running'),
    },
    {
      name: 'openclaw_agent_turns_queued',
      help: 'Turns that wait on this replica for a free place of their agent.',
      label: 'agent',
      values: () => ofAgents('queued'),
    },
  ];
}
