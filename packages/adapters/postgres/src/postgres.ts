import {
  type AttemptStore,
  type ChannelInbox,
  type ChannelLinks,
  type DraftStore,
  type LimitStore,
  type PairingStore,
  type Logger,
  type MemoryIndex,
  type TokenStore,
  type ConversationStore,
  type IdempotencyKeys,
  type EventLog,
  type SendStore,
  type SettingsStore,
  type SkillStore,
  type TurnDispatcher,
  type TurnRelay,
  type TurnStore,
  type UsageStore,
  type VectorIndex,
  type WebhookDeliveries,
  type WebhookEndpoints,
  type WebhookQueue,
} from '@openclaw/core';
import { PostgresChannelInbox } from './channels/postgres-channel-inbox.js';
import { PostgresChannelLinks } from './channels/postgres-channel-links.js';
import { PostgresDraftStore } from './channels/postgres-draft-store.js';
import { PostgresPairingStore } from './channels/postgres-pairing-store.js';
import { PostgresConversationStore } from './conversations/postgres-conversation-store.js';
import { Database, type DatabaseSettings, type PoolUse } from './database.js';
import { PostgresEventLog } from './events/postgres-event-log.js';
import { PostgresAttemptStore } from './limits/postgres-attempt-store.js';
import { PostgresLimitStore } from './limits/postgres-limit-store.js';
import { PostgresIdempotencyKeys } from './idempotency/postgres-idempotency-keys.js';
import { Listener } from './listener.js';
import { PostgresSendStore } from './sends/postgres-send-store.js';
import { CompactionJobs } from './memory/compaction-jobs.js';
import { PostgresMemoryIndex } from './memory/postgres-memory-index.js';
import { EmbeddingJobs } from './memory/vectors/embedding-jobs.js';
import { PostgresVectorIndex } from './memory/vectors/postgres-vector-index.js';
import { PostgresSettingsStore } from './settings/postgres-settings-store.js';
import { PostgresSkillStore } from './skills/postgres-skill-store.js';
import { PostgresTokenStore } from './tokens/postgres-token-store.js';
import { PostgresTurnRelay } from './turns/postgres-turn-relay.js';
import { PostgresTurnStore } from './turns/postgres-turn-store.js';
import { Replica } from './turns/replica.js';
import { type QueueDepths, queueDepths } from './turns/queue-depths.js';
import { TurnJobs } from './turns/turn-jobs.js';
import { TurnSignals } from './turns/turn-signals.js';
import { PostgresUsageStore } from './usage/postgres-usage-store.js';
import { PostgresWebhookDeliveries } from './webhooks/postgres-webhook-deliveries.js';
import { PostgresWebhookEndpoints } from './webhooks/postgres-webhook-endpoints.js';
import { PostgresWebhookQueue } from './webhooks/postgres-webhook-queue.js';

export interface PostgresOptions extends DatabaseSettings {
  /** No other gateway can be using this database: turns of an earlier process are lost for certain. */
  alone: boolean;
}

/** Everything the gateway keeps in PostgreSQL, as one replica. */
export class Postgres {
  private constructor(
    private readonly database: Database,
    private readonly replica: Replica,
    private readonly listener: Listener,
    private readonly jobs: TurnJobs,
    private readonly turnStore: PostgresTurnStore,
    readonly relay: TurnRelay,
    readonly idempotencyKeys: IdempotencyKeys,
    private readonly eventLog: PostgresEventLog,
    readonly conversations: ConversationStore,
    readonly tokens: TokenStore,
    readonly settings: SettingsStore,
    readonly limits: LimitStore,
    readonly attempts: AttemptStore,
    readonly sends: SendStore,
    private readonly compaction: CompactionJobs,
    readonly embeddingJobs: EmbeddingJobs,
    readonly vectors: VectorIndex,
  ) {}

  /** Connects, migrates, and signs on as a replica. `onSettings` is called when another replica may have stored settings. */
  static async open(
    options: PostgresOptions,
    logger: Logger,
    onSettings: () => void = () => undefined,
  ): Promise<Postgres> {
    const database = await Database.open(options, logger);
    const replica = new Replica(database, logger, options.alone);
    const signals = new TurnSignals(database, replica.id, logger);
    const relay = new PostgresTurnRelay(database, replica.id, logger);
    const jobs = new TurnJobs(database, logger);
    const turns = new PostgresTurnStore(database, replica, signals, jobs);
    const sends = new PostgresSendStore(database, replica.id);
    await jobs.open();
    const listener = new Listener(
      options.url,
      {
        openclaw_turns: (payload) => {
          const [tenant, conversationId] = JSON.parse(payload) as [string, string];
          signals.progress(tenant, conversationId);
        },
        openclaw_signs: (payload) => {
          const [tenant, turnId] = JSON.parse(payload) as [string, string];
          relay.sign(tenant, turnId);
        },
        openclaw_orders: (replicaId) => relay.ordered(replicaId),
        openclaw_jobs: () => jobs.look(),
        openclaw_settings: onSettings,
      },
      logger,
    );
    const eventLog = new PostgresEventLog(database, logger);
    eventLog.start();
    listener.start();
    await replica.start(
      (turn) => turns.takeFrom(turn),
      (tenant, conversationId) => jobs.enqueueForgotten(tenant, conversationId),
      [sends],
    );
    return new Postgres(
      database,
      replica,
      listener,
      jobs,
      turns,
      relay,
      new PostgresIdempotencyKeys(turns),
      eventLog,
      new PostgresConversationStore(database),
      new PostgresTokenStore(database),
      new PostgresSettingsStore(database),
      new PostgresLimitStore(database),
      new PostgresAttemptStore(database),
      sends,
      new CompactionJobs(jobs.boss, logger),
      new EmbeddingJobs(jobs.boss, logger),
      new PostgresVectorIndex(database, logger),
    );
  }

  get turns(): TurnStore {
    return this.turnStore;
  }

  get events(): EventLog {
    return this.eventLog;
  }

  get inbox(): ChannelInbox {
    return new PostgresChannelInbox(this.database, this.turnStore, this.jobs);
  }

  get links(): ChannelLinks {
    return new PostgresChannelLinks(this.database, this.replica.id);
  }

  get drafts(): DraftStore {
    return new PostgresDraftStore(this.database);
  }

  get pairings(): PairingStore {
    return new PostgresPairingStore(this.database);
  }

  get usage(): UsageStore {
    return new PostgresUsageStore(this.database);
  }

  get webhooks(): { endpoints: WebhookEndpoints; deliveries: WebhookDeliveries; queue: WebhookQueue } {
    return {
      endpoints: new PostgresWebhookEndpoints(this.database),
      deliveries: new PostgresWebhookDeliveries(this.database),
      queue: new PostgresWebhookQueue(this.database),
    };
  }

  get skills(): SkillStore {
    return new PostgresSkillStore(this.database);
  }

  get memory(): MemoryIndex {
    return new PostgresMemoryIndex(this.database);
  }

  get compactionJobs(): CompactionJobs {
    return this.compaction;
  }

  get dispatcher(): TurnDispatcher {
    return this.jobs;
  }

  poolUse(): PoolUse {
    return this.database.poolUse();
  }

  /** See queue-depths.ts. */
  queueDepths(): Promise<QueueDepths> {
    return queueDepths(this.database);
  }

  /** Round trip to the server, in ms. Throws `Unavailable` when it is away. */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.database.query('select 1');
    return performance.now() - start;
  }

  /** After the dispatcher has stopped and the last turn was put away. */
  async close(): Promise<void> {
    await this.jobs.close();
    await this.eventLog.close();
    await this.replica.stop();
    await this.listener.close();
    await this.database.close();
  }
}
