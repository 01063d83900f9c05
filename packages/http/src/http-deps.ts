import type {
  AgentDirectory,
  Authenticate,
  Clock,
  ConfigAdmin,
  ConversationStore,
  HealthReader,
  Logger,
  LogReader,
  SendMessage,
  StatusReader,
  TurnStore,
} from '@openclaw/core';

/** What the gateway's configuration says about HTTP. Read anew for every request, so that changes take effect at once. */
export interface HttpSettings {
  /** In bytes, before decoding. */
  maxBodyBytes: number;
  /** Valid addresses and CIDR ranges of proxies whose X-Forwarded-For is believed; the same array as long as nothing changes. */
  trustedProxies: readonly string[];
  cors: CorsSettings;
  /** Between the comments that keep an idle stream open. */
  heartbeatMs: number;
  /** Taken once, when the server is made. */
  limits: ConnectionLimits;
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

/** Everything the HTTP layer needs of the house. */
export interface HttpDeps {
  sendMessage: Pick<SendMessage, 'answer' | 'execute' | 'accept'>;
  turns: Pick<TurnStore, 'find'>;
  conversations: ConversationStore;
  authenticate: Pick<Authenticate, 'execute'>;
  agents: () => AgentDirectory;
  health: HealthReader;
  status: StatusReader;
  config: ConfigAdmin;
  logs: LogReader;
  logger: Logger;
  settings: () => HttpSettings;
  version: string;
  clock: Clock;
}
