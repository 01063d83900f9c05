import {
  type Logger,
  type TokenStore,
  type ConversationStore,
  type SettingsStore,
  type TurnDispatcher,
  type TurnStore,
} from '@openclaw/core';
import { PostgresConversationStore } from './conversations/postgres-conversation-store.js';
import { Database, type DatabaseSettings } from './database.js';
import { Listener } from './listener.js';
import { PostgresSettingsStore } from './settings/postgres-settings-store.js';
import { PostgresTokenStore } from './tokens/postgres-token-store.js';
import { PostgresTurnStore } from './turns/postgres-turn-store.js';
import { Replica } from './turns/replica.js';
import { TurnJobs } from './turns/turn-jobs.js';
import { TurnSignals } from './turns/turn-signals.js';

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
    readonly conversations: ConversationStore,
    readonly tokens: TokenStore,
    readonly settings: SettingsStore,
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
    const jobs = new TurnJobs(database, logger);
    const turns = new PostgresTurnStore(database, replica, signals, jobs);
    await jobs.open();
    const listener = new Listener(
      options.url,
      {
        openclaw_turns: (payload) => {
          const [tenant, conversationId] = JSON.parse(payload) as [string, string];
          signals.progress(tenant, conversationId);
        },
        openclaw_jobs: () => jobs.look(),
        openclaw_settings: onSettings,
      },
      logger,
    );
    listener.start();
    await replica.start(
      (turn) => turns.takeFrom(turn),
      (tenant, conversationId) => jobs.enqueueForgotten(tenant, conversationId),
    );
    return new Postgres(
      database,
      replica,
      listener,
      jobs,
      turns,
      new PostgresConversationStore(database),
      new PostgresTokenStore(database),
      new PostgresSettingsStore(database),
    );
  }

  get turns(): TurnStore {
    return this.turnStore;
  }

  get dispatcher(): TurnDispatcher {
    return this.jobs;
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
    await this.replica.stop();
    await this.listener.close();
    await this.database.close();
  }
}
