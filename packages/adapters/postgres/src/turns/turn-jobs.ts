import { type Logger, TurnDispatcher } from '@openclaw/core';
import type { PoolClient } from 'pg';
import { PgBoss } from 'pg-boss';
import type { Database } from '../database.js';
import { translate } from '../errors.js';

const QUEUE = 'turns';
/** How many durable turns a replica runs at once: they mostly wait for a model. */
const CONCURRENCY = 64;
const POLL_SECONDS = 1;

interface TurnJob {
  tenant: string;
  conversationId: string;
}

const DURABLE_IS_NEXT = `select durable and owner is null as yes from turns
  where tenant = $1 and conversation_id = $2 and failed_at is null order by no limit 1`;

/**
 * Durable turns as jobs. A job says "this conversation has something to run" and no more: which turn, and whether it is still to
 * be run, the claim decides. So a job that comes twice does nothing, and a slot is never held by a turn that waits.
 */
export class TurnJobs extends TurnDispatcher {
  /** The queue of everything that runs as a job. */
  readonly boss: PgBoss;
  private readonly running = new Set<Promise<void>>();
  private freed: (() => void) | undefined;
  private workerId: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {
    super();
    this.boss = new PgBoss({
      db: { executeSql: (text, values) => database.run(text, values) },
      schedule: true,
      superviseIntervalSeconds: 30,
      persistWarnings: false,
    });
    this.boss.on('error', (error) => logger.warn('job queue', { error: translate(error) }));
  }

  /** Installs the queue; `enqueue` works from then on. */
  async open(): Promise<void> {
    await this.boss.start();
    await this.boss.createQueue(QUEUE, {
      expireInSeconds: 300,
      retryLimit: 10,
      retryDelay: 1,
      deleteAfterSeconds: 600,
    });
  }

  async start(run: (tenant: string, conversationId: string) => Promise<void>): Promise<void> {
    const options = { pollingIntervalSeconds: POLL_SECONDS, batchSize: 8 };
    this.workerId = await this.boss.work<TurnJob>(QUEUE, options, async (jobs) => {
      for (const { data } of jobs) {
        await this.free();
        this.launch(run(data.tenant, data.conversationId));
      }
    });
  }

  async stop(): Promise<void> {
    if (this.workerId) await this.boss.offWork(QUEUE, { id: this.workerId, wait: true }).catch(this.warn);
    await Promise.all(this.running);
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false, close: false }).catch(this.warn);
  }

  /** In the caller's transaction, if it gives its client. */
  async enqueue(tenant: string, conversationId: string, client?: PoolClient): Promise<void> {
    const db = client && { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await this.boss.send(QUEUE, { tenant, conversationId } satisfies TurnJob, db ? { db } : {});
    // Delivered when the transaction commits.
    if (client) await client.query("select pg_notify('openclaw_jobs', '')");
  }

  async enqueueIfDurableIsNext(tenant: string, conversationId: string): Promise<void> {
    const [next] = await this.database.query<{ yes: boolean }>(DURABLE_IS_NEXT, [tenant, conversationId]);
    if (!next?.yes) return;
    await this.enqueue(tenant, conversationId);
    this.look();
  }

  /** For a conversation that seems forgotten: at most one job in half a minute, however often it is found. */
  async enqueueForgotten(tenant: string, conversationId: string): Promise<void> {
    const singletonKey = JSON.stringify([tenant, conversationId]);
    await this.boss.send(QUEUE, { tenant, conversationId } satisfies TurnJob, { singletonKey, singletonSeconds: 30 });
  }

  /** There may be something to fetch. */
  look(): void {
    if (this.workerId) this.boss.notifyWorker(this.workerId);
  }

  private launch(turn: Promise<void>): void {
    const job = turn
      .catch((error: unknown) => this.logger.error('the worker could not run a turn', { error }))
      .finally(() => {
        this.running.delete(job);
        this.freed?.();
      });
    this.running.add(job);
  }

  private async free(): Promise<void> {
    while (this.running.size >= CONCURRENCY) {
      await new Promise<void>((resolve) => {
        this.freed = resolve;
      });
    }
  }

  private readonly warn = (error: unknown): void => this.logger.warn('the job queue did not stop cleanly', { error });
}
