import type { Database } from '../database.js';

export interface QueueDepths {
  turns: { waiting: number; running: number };
  /** Of durable turns: not yet taken by any replica. */
  jobs: number;
}

/** A turn runs when none before it in its conversation is unfinished. Of all tenants: for the operator's metrics alone. */
const DEPTHS = `
  select
    (select count(*) from turns where failed_at is null)::int as unfinished,
    (select count(distinct (tenant, conversation_id)) from turns where failed_at is null)::int as running,
    (select count(*) from pgboss.job where name = 'turns' and state < 'active')::int as jobs`;

/** Over all replicas. Throws `Unavailable`. */
export async function queueDepths(database: Database): Promise<QueueDepths> {
  const [row] = await database.query<{ unfinished: number; running: number; jobs: number }>(DEPTHS);
  const { unfinished = 0, running = 0, jobs = 0 } = row ?? {};
  return { turns: { waiting: unfinished - running, running }, jobs };
}
