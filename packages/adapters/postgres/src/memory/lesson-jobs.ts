import { type Logger, Unavailable } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Job, PgBoss } from 'pg-boss';
import type { Database } from '../database.js';

const QUEUE = 'memory-lessons';

export interface LessonSchedule {
  /** How long a conversation is left to go on first. */
  delaySeconds: number;
}

export type RunLesson = (tenant: string, conversationId: string, signal: AbortSignal) => Promise<void>;

interface LessonJob {
  /** Names the conversation: see memory_lessons. */
  lesson: string;
}

const NOTICE = `insert into memory_lessons as l (tenant, conversation_id, learned)
  select * from unnest($1::text[], $2::text[], $3::integer[]) as d (tenant, conversation_id, learned) order by 1, 2
  on conflict (tenant, conversation_id) do update set learned = l.learned
  returning no::text`;

const CONVERSATION = 'select tenant, conversation_id as "conversationId" from memory_lessons where no = $1';

/**
 * "There is something to learn in this conversation" as jobs: at most one waits per conversation, however much is said. They are sent in the
 * transaction that indexes what was said, so a crash loses none; what has been learned, the lesson's own transaction knows.
 */
export class LessonJobs {
  private schedule: () => LessonSchedule | undefined = () => undefined;
  private readonly running = new Set<string>();
  private working: Promise<string> | undefined;
  private begin: () => Promise<void> = async () => undefined;

  constructor(
    private readonly database: Database,
    private readonly boss: PgBoss,
    private readonly logger: Logger,
  ) {}

  /**
   * From now on what is said is taken note of, while `schedule` gives one; `concurrency` lessons run at once on this replica. While it gives
   * none, nobody looks for jobs, and none is done.
   */
  async start(concurrency: number, schedule: () => LessonSchedule | undefined, run: RunLesson): Promise<void> {
    await this.boss.createQueue(QUEUE, {
      // Not `stately`: a job that waits for another one of its conversation would keep everybody behind it waiting, too.
      policy: 'short',
      ...{ retryLimit: 8, retryDelay: 10, retryBackoff: true, retryDelayMax: 3_600 },
      ...{ expireInSeconds: 900, heartbeatSeconds: 10, deleteAfterSeconds: 600 },
    });
    const options = { pollingIntervalSeconds: 1, localConcurrency: concurrency };
    const work = async ([job]: Job<LessonJob>[]) => {
      if (job && schedule()) await this.work(job, run);
    };
    this.schedule = schedule;
    this.begin = async () => {
      this.working ??= this.boss.work<LessonJob>(QUEUE, options, work);
      await this.working;
    };
    if (schedule()) await this.begin();
  }

  /** Takes note of messages that were just indexed, in that transaction. */
  async notice(client: PoolClient, entries: { tenant: string; stream: string; position: number }[]): Promise<void> {
    const schedule = this.schedule();
    if (!schedule) return;
    this.begin().catch((error: unknown) => this.logger.warn('lessons could not be begun', { error }));
    const first = new Map<string, { tenant: string; conversationId: string; turnNo: number }>();
    for (const { tenant, stream, position } of entries) {
      if (!stream.startsWith('c:')) continue;
      const turnNo = Math.floor(position / 2) + 1;
      const key = JSON.stringify([tenant, stream]);
      const known = first.get(key);
      if (!known || turnNo < known.turnNo) first.set(key, { tenant, conversationId: stream.slice(2), turnNo });
    }
    if (first.size === 0) return;
    const noticed = [...first.values()];
    const { rows } = await client.query<{ no: string }>(NOTICE, [
      noticed.map(({ tenant }) => tenant),
      noticed.map(({ conversationId }) => conversationId),
      noticed.map(({ turnNo }) => turnNo - 1),
    ]);
    const jobs = rows
      .map(({ no }) => no)
      .sort()
      .map((no) => ({
        data: { lesson: no } satisfies LessonJob,
        singletonKey: no,
        startAfter: schedule.delaySeconds,
      }));
    await this.boss.insert(QUEUE, jobs, {
      db: { executeSql: (text: string, values?: unknown[]) => client.query(text, values) },
    });
  }

  private async work({ data: { lesson }, signal }: Job<LessonJob>, run: RunLesson): Promise<void> {
    if (this.running.has(lesson)) {
      const startAfter = this.schedule()?.delaySeconds ?? 1;
      await this.boss.send(QUEUE, { lesson } satisfies LessonJob, { singletonKey: lesson, startAfter });
      return;
    }
    const [of] = await this.database.query<{ tenant: string; conversationId: string }>(CONVERSATION, [lesson]);
    // Gone with its conversation.
    if (!of) return;
    this.running.add(lesson);
    try {
      await run(of.tenant, of.conversationId, signal);
    } catch (error) {
      if (!(error instanceof Unavailable) && !signal.aborted)
        this.logger.warn('nothing could be learned now; it is tried again', { error, conversation: of.conversationId });
      throw error;
    } finally {
      this.running.delete(lesson);
    }
  }

  async stop(): Promise<void> {
    if (!this.working) return;
    await this.boss
      .offWork(QUEUE, { id: await this.working, wait: true })
      .catch((error: unknown) => this.logger.warn('the lessons did not stop cleanly', { error }));
  }
}
