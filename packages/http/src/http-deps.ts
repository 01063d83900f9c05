import type {
  AgentDirectory,
  AnswerRequest,
  Authenticate,
  CallSkill,
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
  HealthReader,
  HybridSearch,
  KeepMemory,
  Logger,
  LogReader,
  ManagePairings,
  ManageWebhooks,
  MemoryIndex,
  RateLimiter,
  Metrics,
  MetricsReader,
  FollowTurn,
  InstallSkill,
  RemoveSkill,
  SkillCatalog,
  SendMessage,
  SendOnce,
  SendStore,
  SendToChannel,
  StatusReader,
  Tracer,
  TurnStore,
  VectorIndex,
} from '@openclaw/core';
import type { SocketSettings } from './ws/socket-settings.js';

/** What the gateway's configuration says about HTTP. Read anew for every request, so that changes take effect at once. */
export interface HttpSettings {
  /** In bytes, before decoding. */
  maxBodyBytes: number;
  /** Valid addresses and CIDR ranges of proxies whose X-Forwarded-For is believed; the same array as long as nothing changes. */
  trustedProxies: readonly string[];
  /** Valid addresses and CIDR ranges that may call, every one where empty; the same array as long as nothing changes. */
  allowedIPs: readonly string[];
  /** Whether calls to any name but this machine's own are turned away. */
  ownNameOnly: boolean;
  cors: CorsSettings;
  /** Between the comments that keep an idle stream open. */
  heartbeatMs: number;
  /** Whether there is anything below /api. */
  restEnabled: boolean;
  /** Whether there is anything below /v1. */
  openAiEnabled: boolean;
  /** Opens /metrics; without one callers on this machine may read it, and tokens with the scope `read`. */
  metricsToken: string | undefined;
  /** Taken once, when the server is made. */
  limits: ConnectionLimits;
  /** Taken once, too. */
  sockets: SocketSettings;
}

export interface CorsSettings {
  enabled: boolean;
  /** `*` allows every origin. */
  origins: readonly string[];
  methods: readonly string[];
}

export interface ConnectionLimits {
  headersTimeoutMs: number;
  /** For the whole request, body included. */
  requestTimeoutMs: number;
  maxHeaderBytes: number;
  keepAliveTimeoutMs: number;
}

/** What of the settings a fresh installation uses; `maxBodyBytes`, proxies and CORS are the configuration's. */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxHeaderBytes: 16_384,
  keepAliveTimeoutMs: 65_000,
};

export const DEFAULT_HEARTBEAT_MS = 15_000;

export interface SkillUseCases {
  catalog: Pick<SkillCatalog, 'states' | 'state'>;
  install: Pick<InstallSkill, 'execute'>;
  remove: Pick<RemoveSkill, 'execute'>;
  execute: Pick<CallSkill, 'execute'>;
}

/** Everything the HTTP layer needs of the house. */
export interface HttpDeps {
  sendMessage: Pick<SendMessage, 'answer' | 'execute' | 'accept'>;
  sendOnce: Pick<SendOnce, 'answer' | 'execute' | 'accept'>;
  followTurn: Pick<FollowTurn, 'resume'>;
  cancelTurn: Pick<CancelTurn, 'execute'>;
  sendToChannel: Pick<SendToChannel, 'execute'>;
  sends: Pick<SendStore, 'find'>;
  channels: Pick<ChannelOverview, 'list' | 'find'>;
  pairings: Pick<ManagePairings, 'approve' | 'list' | 'remove'>;
  channelRequests: Pick<AnswerRequest, 'execute'>;
  completePrompt: Pick<CompletePrompt, 'execute'>;
  embedTexts: Pick<EmbedTexts, 'execute' | 'model'>;
  turns: Pick<TurnStore, 'find'>;
  searchMemory: Pick<HybridSearch, 'execute'>;
  keepMemory: Pick<KeepMemory, 'add' | 'list' | 'prune'>;
  compactMemory: Pick<CompactMemory, 'execute'>;
  memory: Pick<MemoryIndex, 'stats' | 'remove'>;
  vectors: Pick<VectorIndex, 'progress'>;
  conversations: ConversationStore;
  events: Pick<EventFeed, 'listen'>;
  webhooks: ManageWebhooks;
  authenticate: Pick<Authenticate, 'execute'>;
  /** Brakes guessing at secrets. */
  attempts: Pick<FailedAttempts, 'count'>;
  limiter: Pick<RateLimiter, 'take' | 'peek'>;
  agents: () => AgentDirectory;
  skills: SkillUseCases;
  health: HealthReader;
  status: StatusReader;
  config: ConfigAdmin;
  logs: LogReader;
  logger: Logger;
  metrics: Metrics;
  metricsReader: MetricsReader;
  tracer: Pick<Tracer, 'call'>;
  settings: () => HttpSettings;
  version: string;
  clock: Clock;
}
