import type { Postgres } from '@openclaw/adapter-postgres';
import {
  ActiveTurns,
  Authenticate,
  Clock,
  ConfigAdmin,
  ConversationStore,
  HealthReader,
  Logger,
  LogReader,
  ResilientRunner,
  SendMessage,
  StatusReader,
  TurnStore,
} from '@openclaw/core';
import {
  createGatewayServer,
  DEFAULT_CONNECTION_LIMITS,
  DEFAULT_HEARTBEAT_MS,
  type GatewayServer,
} from '@openclaw/http';
import { ContainerModule, type ServiceIdentifier } from 'inversify';
import type { LiveConfig } from '../config/index.js';
import { derived } from '../derived.js';
import { LiveHealth } from '../status/live-health.js';
import { LiveStatus } from '../status/live-status.js';
import { VERSION } from '../version.js';
import { Agents } from './messages.module.js';
import { POSTGRES } from './storage.module.js';

export const HTTP_SERVER: ServiceIdentifier<GatewayServer> = Symbol.for('GatewayServer');

/** `port` tells where the server came to listen: with port 0 only the system knows. */
export function httpModule(live: LiveConfig, port: () => number): ContainerModule {
  const settings = derived(live, ({ api, gateway }) => ({
    maxBodyBytes: api.security.maxBodyBytes,
    trustedProxies: gateway.trustedProxies,
    cors: api.security.cors,
    heartbeatMs: DEFAULT_HEARTBEAT_MS,
    limits: DEFAULT_CONNECTION_LIMITS,
  }));
  return new ContainerModule(({ bind }) => {
    bind(HealthReader)
      .toResolvedValue(
        (postgres: Postgres, runner: ResilientRunner, active: ActiveTurns) =>
          new LiveHealth(postgres, runner, () => [...live.current.providerList], active),
        [POSTGRES, ResilientRunner, ActiveTurns],
      )
      .inSingletonScope();
    bind(StatusReader)
      .toResolvedValue(
        (agents: Agents, active: ActiveTurns, conversations: ConversationStore) =>
          new LiveStatus(live, agents.current, active, conversations, port),
        [Agents, ActiveTurns, ConversationStore],
      )
      .inSingletonScope();
    bind(HTTP_SERVER)
      .toResolvedValue(
        (
          sendMessage: SendMessage,
          turns: TurnStore,
          conversations: ConversationStore,
          authenticate: Authenticate,
          agents: Agents,
          health: HealthReader,
          status: StatusReader,
          config: ConfigAdmin,
          logs: LogReader,
          logger: Logger,
          clock: Clock,
        ) =>
          createGatewayServer({
            sendMessage,
            turns,
            conversations,
            authenticate,
            agents: agents.current,
            health,
            status,
            config,
            logs,
            logger,
            clock,
            settings,
            version: VERSION,
          }),
        [
          SendMessage,
          TurnStore,
          ConversationStore,
          Authenticate,
          Agents,
          HealthReader,
          StatusReader,
          ConfigAdmin,
          LogReader,
          Logger,
          Clock,
        ],
      )
      .inSingletonScope();
  });
}
