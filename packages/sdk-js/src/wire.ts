/** What the gateway sends, as it sends it. */

export interface TokenCount {
  input: number;
  output: number;
  total: number;
  /** Only where the provider sent no figures. */
  estimated?: true;
}

export interface MessageResponse {
  id: string;
  conversation_id: string;
  role: 'assistant';
  content: string;
  skills_used: string[];
  tokens: TokenCount;
  latency_ms: number;
  model: string;
  /** It was stopped before it was whole. */
  interrupted?: true;
}

/** Where a chunk stands in its stream: for `resumeMessage()` and `resumeChat()`. */
interface Placed {
  eventId?: string;
}

/** One event of `messageStream()`; only `token` has a `content`. After `reset` what came before is void: the answer is made again. */
export type MessageChunk = Placed &
  (
    | { type: 'start'; conversation_id: string; content?: undefined }
    | { type: 'token'; content: string }
    | { type: 'skill_call'; skill: string; status: 'invoking'; content?: undefined }
    | { type: 'skill_result'; skill: string; status: 'completed' | 'failed'; content?: undefined }
    | {
        type: 'end';
        tokens: { input: number; output: number; estimated?: true };
        interrupted?: true;
        content?: undefined;
      }
    | { type: 'reset'; content?: undefined }
  );

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  estimated?: true;
}

export interface ChatResponse {
  id: string;
  conversationId: string;
  role: 'assistant';
  content: string;
  model: string;
  usage: Usage;
  /** ms */
  latency: number;
  /** It was stopped before it was whole. */
  interrupted?: true;
}

/** One event of `chatStream()`; only `delta` has a `content`. After `reset` what came before is void: the answer is made again. */
export type ChatChunk = Placed &
  (
    | { type: 'start'; conversationId: string; content?: undefined }
    | { type: 'delta'; content: string }
    | { type: 'done'; usage: Usage; interrupted?: true; content?: undefined }
    | { type: 'reset'; content?: undefined }
  );

export interface Health {
  status: 'ok' | 'draining';
  version: string;
  uptime_seconds: number;
}

export interface ComponentHealth {
  status: 'ok' | 'degraded' | 'down';
  [fact: string]: unknown;
}

export interface HealthDetail {
  status: 'ok' | 'degraded' | 'down' | 'draining';
  database: ComponentHealth;
  provider: ComponentHealth;
  channels: ComponentHealth;
  webhooks: ComponentHealth;
  skills: ComponentHealth;
}

export interface Status {
  status: 'running' | 'draining';
  version: string;
  uptime_seconds: number;
  gateway: { port: number; bind: string; auth_enabled: boolean };
  reasoning: { primary_provider: string; primary_model: string; total_requests: number; avg_latency_ms: number };
  memory: { wal_entries: number; compacted_files: number; total_size_mb: number };
  skills: { installed: number; active: number; container_engine: string | null; rootless: boolean };
  channels: { connected: string[]; disconnected: string[] };
  success: true;
  data: {
    gateway: { status: string; version: string; uptime: number };
    models: { available: number; default: string };
    sessions: { active: number; total: number };
  };
}

export interface SkillInfo {
  name: string;
  version: string;
  description: string;
  status: 'active' | 'disabled' | 'refused';
  enabled: boolean;
  permissions: { network: boolean; filesystem: boolean; shell: boolean };
  installed_at: string;
  last_used: string | null;
  invocations: number;
  source: 'registry' | 'folder' | 'shipped';
  kind: 'instructions' | 'function' | 'mcp';
  /** Why it is refused. */
  reason?: string;
  package?: string;
  integrity?: string;
}

export interface SkillList {
  skills: SkillInfo[];
  total: number;
}

export interface SkillResult {
  result: unknown;
  /** In seconds. */
  executionTime: number;
}

export interface ModelList {
  models: { id: string; provider: string; default: boolean }[];
  default: string;
}

export interface ConversationSummary {
  id: string;
  channel: string;
  created_at: string;
  last_message_at: string;
  message_count: number;
  summary: string;
}

export interface ConversationList {
  conversations: ConversationSummary[];
  total: number;
  limit: number;
  offset: number;
  /** For `cursor` of the next call; absent on the last page. */
  next_cursor?: string;
}

export interface ConversationMessage {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  created_at: string;
  model?: string;
  tokens?: TokenCount;
  skills_used?: string[];
  interrupted?: true;
}

export interface ConversationDetail extends ConversationSummary {
  messages: ConversationMessage[];
  /** For `before` of the next call; absent when there is nothing before. */
  previous_cursor?: string;
}

export interface ConversationQuery {
  /** 1 to 100; 20 */
  limit?: number;
  offset?: number;
  cursor?: string;
  channel?: string;
  since?: Date | string;
  until?: Date | string;
}

export interface Session {
  id: string;
  label: string;
  createdAt: string;
  messageCount: number;
}

export interface NewSession {
  /** For `session` of a message, and as the conversation's id. */
  sessionId: string;
  label: string;
  createdAt: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  timestamp: string;
  level: LogLevel;
  component: string;
  message: string;
  [field: string]: unknown;
}

export interface LogList {
  logs: LogEntry[];
  total: number;
}

export interface LogQuery {
  /** 1 to 1000; 50 */
  lines?: number;
  /** The least severe level wanted; info. */
  level?: LogLevel;
  since?: Date | string;
  component?: string;
}

export interface ConfigUpdated {
  config: Record<string, unknown>;
  /** Dotted paths of what is in force now. */
  applied: string[];
  restart_required: boolean;
  /** Dotted paths of what waits for a restart. */
  restart_paths: string[];
}

export interface SendResult {
  id: string;
  /** `queued`: accepted, and tried again until the platform has taken it. */
  status: 'sent' | 'queued';
  channel: string;
  chatId: string;
  conversationId: string;
  /** When it was sent; while it is queued, when it was accepted. */
  timestamp: string;
  /** The platform's id; of a text that was split, of its first part. */
  channelMessageId?: string;
  channelMessageIds?: string[];
  /** While it is queued. */
  statusUrl?: string;
}

export interface SendState extends Omit<SendResult, 'status' | 'statusUrl'> {
  status: 'sent' | 'queued' | 'failed';
  attempts: number;
  lastError?: string;
  error?: { error: string; message: string };
}

export interface Channel {
  type: string;
  status: 'connected' | 'connecting' | 'disconnected';
  connected_since?: string;
  messages_today: number;
  last_error?: string;
}

export interface ChannelList {
  channels: Channel[];
}

/** Somebody who has asked to write to the agent, or may. */
export interface Pairing {
  channel: string;
  user_id: string;
  user_name: string;
  created_at: string;
  approved_at?: string;
  expires_at?: string;
}

export interface PairingList {
  pairings: Pairing[];
}

export type WebhookEventName =
  | 'message.received'
  | 'message.sent'
  | 'message.failed'
  | 'conversation.created'
  | 'conversation.deleted'
  | 'channel.connected'
  | 'channel.disconnected';

/** What an endpoint receives; see `verifyWebhook()`. */
export interface WebhookEvent {
  event: WebhookEventName | 'webhook.test';
  timestamp: string;
  /** Of messages: `messageId`, `conversationId`, `channel`, `chatId`, `from {id, name}`, `content`, `timestamp`. */
  data: Record<string, unknown>;
  signature: string;
}

export interface Webhook {
  id: string;
  url: string;
  events: WebhookEventName[];
  retry: { maxAttempts: number; backoffMs: number };
  enabled: boolean;
  status: 'active' | 'failing' | 'disabled';
  disabled_reason?: 'operator' | 'gone' | 'failing';
  disabled_at?: string;
  failing_since?: string;
  source: 'api' | 'config';
  created_at: string;
  updated_at: string;
  previous_secret_until?: string;
}

/** The secret is shown this once. */
export interface WebhookWithSecret extends Webhook {
  secret: string;
}

export interface NewWebhook {
  url: string;
  events: WebhookEventName[];
  /** Made where it is left out. */
  secret?: string;
  retry?: { maxAttempts?: number; backoffMs?: number };
  enabled?: boolean;
}

export interface WebhookAttempt {
  at: string;
  latency_ms: number;
  /** Absent when there was no answer. */
  status?: number;
  error?: string;
  /** The first kilobyte. */
  response?: string;
}

export interface WebhookDelivery {
  id: string;
  webhook_id: string;
  event_id: string;
  event: string;
  conversation_id?: string;
  state: 'pending' | 'delivered' | 'dead';
  created_at: string;
  attempts: WebhookAttempt[];
  next_attempt_at?: string;
  ended_at?: string;
}

export interface WebhookDeliveryList {
  deliveries: WebhookDelivery[];
  /** For `cursor` of the next call; absent on the last page. */
  next_cursor?: string;
}

export interface WebhookTest {
  delivery_id: string;
  delivered: boolean;
  attempt: WebhookAttempt;
}

export type MemoryType = 'wal' | 'compacted' | 'long-term';

export interface MemorySearch {
  /** 1 to 100; 10 */
  limit?: number;
  type?: MemoryType | 'all';
  since?: Date | string;
  until?: Date | string;
  /** Each of them. */
  tags?: string[];
  /** A conversation's or a session's. */
  conversationId?: string;
  agentId?: string;
  userId?: string;
  /** 0 to 1; 0 */
  minScore?: number;
}

export interface NewMemory {
  content: string;
  tags?: string[];
  createdAt?: Date | string;
  /** Notes of one session are read in their order, as a talk. */
  sessionId?: string;
  author?: string;
  userId?: string;
  metadata?: Record<string, unknown>;
}

export interface MemoryAdded {
  memoryId: string;
  createdAt: string;
}

interface MemoryFacts {
  id: string;
  content: string;
  source: { type: 'conversation' | 'document'; conversation_id?: string; message_id?: string; position: number };
  type: MemoryType;
  conversation_id: string | null;
  created_at: string;
}

export interface MemoryResult extends MemoryFacts {
  /** 0 to 1; comparable between queries. */
  score: number;
  /** What was kept with it; of a fact or a summary: the ids of the messages it was made of. */
  metadata?: Record<string, unknown>;
}

export interface MemoryResults {
  results: MemoryResult[];
  total: number;
  query: string;
}

export interface MemoryItem extends MemoryFacts {
  tags: string[];
  author?: string;
  role?: 'user' | 'assistant';
  agent_id?: string;
  user_id?: string;
  metadata?: Record<string, unknown>;
}

export interface MemoryList {
  entries: MemoryItem[];
  /** On all pages together. */
  total: number;
  next_cursor?: string;
}

export interface MemoryPruned {
  pruned: number;
  type: MemoryType | 'all';
  before: string | null;
}

export interface MemoryStatistics {
  wal: { entries: number; size_mb: number; oldest_entry: string | null };
  compacted: { files: number; size_mb: number; last_compaction: string | null };
  total_size_mb: number;
  /** Where `memory.embeddings` is set. */
  embeddings?: { model: string; embedded: number; waiting: number };
}
