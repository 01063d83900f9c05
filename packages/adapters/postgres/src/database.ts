import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, NoTracer, type Tracer, Unavailable } from '@openclaw/core';
import pg, { type Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { DataSource } from 'typeorm';
import { translate } from './errors.js';
import { migrations } from './migrations/index.js';
import { withMigrationLock } from './migrations/migration-lock.js';
import { entities } from './entities.js';

export interface DatabaseSettings {
  /** A postgres:// URL. */
  url: string;
  poolSize: number;
  /** How long `open` waits for a server that is not there yet, in ms. */
  patienceMs?: number;
  tracer?: Pick<Tracer, 'query'>;
}

/** Connections of the pool: in use, idle; and how many requests wait for one. */
export interface PoolUse {
  busy: number;
  idle: number;
  waiting: number;
}

/** A statement of a hot path: prepared once per connection under its name. */
export interface Statement {
  name: string;
  text: string;
}

interface ConnectionState {
  closing: boolean;
  /** When a connection broke last, in ms. */
  lostAt: number;
}

/** One replica's connections to PostgreSQL. Every failure that may pass comes out as `Unavailable`. */
export class Database {
  private constructor(
    readonly source: DataSource,
    private readonly pool: Pool,
    private readonly state: ConnectionState,
    private readonly tracer: Pick<Tracer, 'query'>,
  ) {}

  /** Connects and brings the schema up to date; replicas that start together take turns. */
  static async open(settings: DatabaseSettings, logger: Logger): Promise<Database> {
    const state: ConnectionState = { closing: false, lostAt: 0 };
    const source = new DataSource({
      type: 'postgres',
      url: settings.url,
      entities,
      migrations,
      migrationsTableName: 'schema_migrations',
      migrationsTransactionMode: 'each',
      // One connection holds the migration lock while another one migrates.
      poolSize: Math.max(settings.poolSize, 2),
      connectTimeoutMS: 5_000,
      applicationName: 'openclaw-gateway',
      extra: {
        keepAlive: true,
        statement_timeout: 30_000,
        idle_in_transaction_session_timeout: 30_000,
        Client: OwnClient,
      },
      poolErrorHandler: (error: unknown) => {
        // A pool that was ended may still be saying goodbye when the server stops.
        if (state.closing) return;
        state.lostAt = Date.now();
        logger.warn('database connection lost', { error });
      },
      logging: false,
    });
    await connect(source, settings.patienceMs ?? 60_000, logger);
    const { driver } = source;
    if (!('master' in driver)) throw new Error('the PostgreSQL driver has no pool');
    const pool = driver.master as Pool;
    await withMigrationLock(source, async () => {
      const applied = await source.runMigrations();
      if (applied.length > 0)
        logger.info('database schema updated', { migrations: applied.map((migration) => migration.name) });
    });
    return new Database(source, pool, state, settings.tracer ?? new NoTracer());
  }

  async query<Row extends QueryResultRow>(statement: Statement | string, values: unknown[] = []): Promise<Row[]> {
    const span = this.tracer.query(typeof statement === 'string' ? 'query' : statement.name);
    try {
      const result = await this.pool.query<Row>(withValues(statement, values));
      span.end({});
      return result.rows;
    } catch (error) {
      span.end({ error });
      throw this.understood(error);
    }
  }

  /** Whether the server may have gone down since this time, in ms. */
  lostSince(time: number): boolean {
    return this.state.lostAt >= time;
  }

  /** For a library that brings its own SQL, several statements at once included; the driver's own result. */
  async run(text: string, values?: unknown[]): Promise<QueryResult> {
    try {
      return await this.pool.query(text, values);
    } catch (error) {
      throw this.understood(error);
    }
  }

  /** Runs `work` in one transaction (READ COMMITTED). */
  async transaction<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const span = this.tracer.query('transaction');
    let client: PoolClient | undefined;
    let broken: Error | undefined;
    try {
      client = await this.pool.connect();
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      span.end({});
      return result;
    } catch (error) {
      span.end({ error });
      broken = error instanceof Error ? error : new Error(String(error));
      // The connection may be gone; closing it (below) rolls back just as well.
      if (client)
        await client
          .query('rollback')
          .then(() => (broken = undefined))
          .catch(() => undefined);
      throw this.understood(error);
    } finally {
      client?.release(broken);
    }
  }

  poolUse(): PoolUse {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  /** The driver's error in our words; one that says the server is away is remembered, whichever way it came. */
  private understood(error: unknown): unknown {
    const ours = translate(error);
    if (ours instanceof Unavailable) this.state.lostAt = Date.now();
    return ours;
  }

  async close(): Promise<void> {
    this.state.closing = true;
    await this.source.destroy();
  }
}

/**
 * Plans are kept for as long as a connection lives, also those that were made while the tables were small, when to read all of one seems
 * cheapest. Nothing that is asked often is to be read whole: where there is an index, it is used.
 */
const PLANNING = 'set enable_seqscan = off';

class OwnClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A connection that is lost in use tells so by an event too, after its query was rejected; unheard, that would end the process.
    this.on('error', () => undefined);
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<this> | void {
    const connected = super.connect().then(async () => {
      await this.query(PLANNING);
      return this;
    });
    if (!callback) return connected;
    connected.then(() => (callback as () => void)(), callback);
  }
}

async function connect(source: DataSource, patienceMs: number, logger: Logger): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let waited = false; ; waited = true) {
    try {
      await source.initialize();
      return;
    } catch (error) {
      const problem = translate(error);
      if (!(problem instanceof Unavailable) || Date.now() > deadline) throw error;
      if (!waited) logger.warn('the database is not there yet; waiting', { error });
      await sleep(500);
    }
  }
}

/** A statement as the driver takes it. */
export function withValues(statement: Statement | string, values: unknown[]) {
  return typeof statement === 'string' ? { text: statement, values } : { ...statement, values };
}
