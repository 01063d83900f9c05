import type { Postgres } from '@openclaw/adapter-postgres';
import {
  ActiveTurns,
  AnswerRequest,
  Authenticate,
  CancelTurn,
  ChannelOverview,
  Clock,
  CompactMemory,
  CompletePrompt,
  EmbedTexts,
  ConfigAdmin,
  ConversationStore,
  EventFeed,
  FailedAttempts,
  FollowTurn,
  HealthReader,
  KeepMemory,
  Logger,
  LogReader,
  ManagePairings,
  MemoryIndex,
  Metrics,
  MetricsReader,
  RateLimiter,
  ResilientRunner,
  SearchMemory,
  SendMessage,
  SendOnce,
  SendStore,
  SendToChannel,
  StatusReader,
  Tracer,
  TurnStore,
} from '@openclaw/core';
import {
  createGatewayServer,
  DEFAULT_CONNECTION_LIMITS,
  DEFAULT_HEARTBEAT_MS,
  DEFAULT_SOCKET_SETTINGS,
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
    allowedIPs: api.security.allowedIPs,
    cors: api.security.cors,
    heartbeatMs: DEFAULT_HEARTBEAT_MS,
    metricsToken: api.metrics.token,
    restEnabled: api.enabled,
    openAiEnabled: gateway.http.endpoints.chatCompletions.enabled,
    limits: DEFAULT_CONNECTION_LIMITS,
    sockets: DEFAULT_SOCKET_SETTINGS,
  }));
  return new ContainerModule(({ bind }) => {
    bind(HealthReader)
      .toResolvedValue(
        (postgres: Postgres, runner: ResilientRunner, active: ActiveTurns, channels: ChannelOverview) =>
          new LiveHealth(postgres, runner, () => [...live.current.providerList], active, channels),
        [POSTGRES, ResilientRunner, ActiveTurns, ChannelOverview],
      )
      .inSingletonScope();
    bind(StatusReader)
      .toResolvedValue(
        (
          agents: Agents,
          active: ActiveTurns,
          conversations: ConversationStore,
          channels: ChannelOverview,
          memory: MemoryIndex,
        ) => new LiveStatus(live, agents.current, active, conversations, channels, memory, port),
        [Agents, ActiveTurns, ConversationStore, ChannelOverview, MemoryIndex],
      )
      .inSingletonScope();
    bind(HTTP_SERVER)
      .toResolvedValue(
        (
          sendMessage: SendMessage,
          sendOnce: SendOnce,
          followTurn: FollowTurn,
          cancelTurn: CancelTurn,
          completePrompt: CompletePrompt,
          embedTexts: EmbedTexts,
          turns: TurnStore,
          searchMemory: SearchMemory,
          keepMemory: KeepMemory,
          compactMemory: CompactMemory,
          memory: MemoryIndex,
          conversations: ConversationStore,
          events: EventFeed,
          authenticate: Authenticate,
          attempts: FailedAttempts,
          limiter: RateLimiter,
          agents: Agents,
          health: HealthReader,
          status: StatusReader,
          config: ConfigAdmin,
          logs: LogReader,
          logger: Logger,
          metrics: Metrics,
          metricsReader: MetricsReader,
          tracer: Tracer,
          clock: Clock,
          sendToChannel: SendToChannel,
          sends: SendStore,
          channels: ChannelOverview,
          pairings: ManagePairings,
          channelRequests: AnswerRequest,
        ) =>
          createGatewayServer({
            sendMessage,
            sendOnce,
            followTurn,
            cancelTurn,
            completePrompt,
            embedTexts,
            turns,
            searchMemory,
            keepMemory,
            compactMemory,
            memory,
            conversations,
            events,
            authenticate,
            attempts,
            limiter,
            agents: agents.current,
            health,
            status,
            config,
            logs,
            logger,
            metrics,
            metricsReader,
            tracer,
            clock,
            sendToChannel,
            sends,
            channels,
            pairings,
            channelRequests,
            settings,
            version: VERSION,
          }),
        [
          SendMessage,
          SendOnce,
          FollowTurn,
          CancelTurn,
          CompletePrompt,
          EmbedTexts,
          TurnStore,
          SearchMemory,
          KeepMemory,
          CompactMemory,
          MemoryIndex,
          ConversationStore,
          EventFeed,
          Authenticate,
          FailedAttempts,
          RateLimiter,
          Agents,
          HealthReader,
          StatusReader,
          ConfigAdmin,
          LogReader,
          Logger,
          Metrics,
          MetricsReader,
          Tracer,
          Clock,
          SendToChannel,
          SendStore,
          ChannelOverview,
          ManagePairings,
          AnswerRequest,
        ],
      )
      .inSingletonScope();
  });
}
