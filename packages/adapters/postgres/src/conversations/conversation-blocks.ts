import type { Database } from '../database.js';

/**
 * Where a page of a tenant's list lies: within these times (as PostgreSQL wrote them; undefined: to the end), after `skip` conversations
 * counted from the oldest, or from the newest when `newestFirst`. Both bounds, so that whatever plan the server makes reads few rows.
 */
export interface PagePlace {
  from: string | undefined;
  before: string | undefined;
  skip: number;
  size: number;
  newestFirst: boolean;
}

interface Block {
  /** The creation time of its first conversation. */
  start: string;
  size: number;
}

interface TenantBlocks {
  /** From the oldest on; together they hold everything created before `horizon`. */
  blocks: Block[];
  horizon: string;
  deletionNo: number;
  /** When all of it was counted last, in ms. */
  countedAt: number;
}

const BLOCK_SIZE = 500;
/** When so many have been created since, they are made into blocks too. */
const LONGEST_TAIL = 1_000;
/** All is counted anew so often, should somebody have put conversations of the past there by other means. */
const BELIEVED_MS = 60_000;
const TENANTS_KEPT = 500;
const DELETIONS_KEPT = 1_000;

/**
 * No transaction that is still open, or will be opened, creates a conversation before this time: creation times are the transactions' own
 * starts. The margin covers the moment between a transaction's start and its showing up among the activities.
 */
const HORIZON = `least(now() - interval '5 seconds',
  (select min(xact_start) - interval '1 second' from pg_stat_activity where datname = current_database()))`;

const NOW = `select ${HORIZON}::text as horizon`;

/** The counts and the number of the last deletion that they know of, from one snapshot. */
const BLOCKS = `select
    coalesce((select last_no from conversation_deletion_counts where tenant = $1), 0)::float8 as no,
    (select coalesce(json_agg(json_build_object('start', start, 'size', size) order by start_at), '[]') from (
      select min(created_at) as start_at, min(created_at)::text as start, count(*)::int as size
      from (
        select created_at, (rank() over (order by created_at) - 1) / ${BLOCK_SIZE} as block
        from conversations where tenant = $1 and created_at >= $2 and created_at < $3
      ) placed group by block) counted) as blocks`;

const CHANGES = {
  name: 'conversation_changes',
  // Counted in order, so that the planner takes the index of that order: of a tenant that it has no figures about it thinks that one
  // row is there, for which every index would do, and the primary key's would read all of them.
  text: `select (select count(*)::int from (
        select from conversations where tenant = $1 and created_at >= $2 order by created_at desc, id desc) newest) as tail,
      coalesce((select last_no from conversation_deletion_counts where tenant = $1), 0)::float8 as no,
      (select json_agg(json_build_array(no, created_at < $2, (select count(*) from unnest($4::timestamptz[]) s where s <= created_at)))
        from conversation_deletions where tenant = $1 and no > $3) as deletions`,
};

export const RECORD_DELETION = `with counted as (
    insert into conversation_deletion_counts as c (tenant, last_no) values ($1, 1)
    on conflict (tenant) do update set last_no = c.last_no + 1 returning last_no),
  forgotten as (delete from conversation_deletions using counted where tenant = $1 and no <= counted.last_no - ${DELETIONS_KEPT})
  insert into conversation_deletions (tenant, no, created_at) select $1, last_no, $2 from counted`;

/**
 * Counts the list of conversations in blocks, so that a page deep in it is found by skipping blocks instead of rows. Exact: creation times
 * never change, what is older than every open transaction is settled, and deletions are looked up with every question.
 */
export class ConversationBlocks {
  private readonly tenants = new Map<string, TenantBlocks>();
  private readonly asked = new Map<string, Promise<void>>();

  constructor(private readonly database: Database) {}

  async total(tenant: string): Promise<number> {
    const { known, tail } = await this.upToDate(tenant);
    return settled(known) + tail;
  }

  /** Where the page of `limit` conversations at `offset`, newest first, lies; undefined when beyond the end. */
  async locate(
    tenant: string,
    offset: number,
    limit: number,
  ): Promise<{ total: number; place: PagePlace | undefined }> {
    const { known, tail } = await this.upToDate(tenant);
    const total = settled(known) + tail;
    if (offset >= total) return { total, place: undefined };
    const size = Math.min(limit, total - offset);
    if (offset + size <= tail) {
      return { total, place: { from: known.horizon, before: undefined, skip: offset, size, newestFirst: true } };
    }
    let skip = total - offset - size;
    const first = known.blocks.findIndex((block) => {
      if (skip < block.size) return true;
      skip -= block.size;
      return false;
    });
    let reached = -skip;
    const last = known.blocks.findIndex((block, i) => i >= first && (reached += block.size) >= size);
    const before = last === -1 ? undefined : known.blocks[last + 1]?.start;
    return { total, place: { from: known.blocks[first]?.start, before, skip, size, newestFirst: false } };
  }

  /** One question per tenant at a time: each corrects what the one before it knew. */
  private upToDate(tenant: string): Promise<{ known: TenantBlocks; tail: number }> {
    const before = this.asked.get(tenant) ?? Promise.resolve();
    const answer = before.then(() => this.bringUpToDate(tenant));
    const done = answer.then(
      () => undefined,
      () => undefined,
    );
    this.asked.set(tenant, done);
    void done.then(() => {
      if (this.asked.get(tenant) === done) this.asked.delete(tenant);
    });
    return answer;
  }

  private async bringUpToDate(tenant: string): Promise<{ known: TenantBlocks; tail: number }> {
    const last = this.tenants.get(tenant);
    const known = last && Date.now() - last.countedAt < BELIEVED_MS ? last : await this.countAll(tenant);
    let tail = await this.takeIn(tenant, known);
    if (tail !== undefined && tail > LONGEST_TAIL && (await this.extend(tenant, known)))
      tail = await this.takeIn(tenant, known);
    if (tail !== undefined) return { known, tail };
    const anew = await this.countAll(tenant);
    return { known: anew, tail: (await this.takeIn(tenant, anew)) ?? 0 };
  }

  /** Corrects the counts by what was deleted; gives how many are newer than the blocks. Undefined when too much was deleted to tell. */
  private async takeIn(tenant: string, known: TenantBlocks): Promise<number | undefined> {
    const starts = known.blocks.map((block) => block.start);
    const [row] = await this.database.query<ChangesRow>(CHANGES, [tenant, known.horizon, known.deletionNo, starts]);
    const deletions = row?.deletions ?? [];
    const no = row?.no ?? known.deletionNo;
    if (deletions.length < no - known.deletionNo) return undefined;
    for (const [, inBlocks, place] of deletions) {
      const block = known.blocks[place - 1];
      if (inBlocks && block) block.size--;
    }
    known.deletionNo = no;
    return row?.tail ?? 0;
  }

  private async countAll(tenant: string): Promise<TenantBlocks> {
    const horizon = await this.horizon();
    const { no, blocks } = await this.count(tenant, '-infinity', horizon);
    if (this.tenants.size >= TENANTS_KEPT) this.tenants.clear();
    const known = { blocks, horizon, deletionNo: no, countedAt: Date.now() };
    this.tenants.set(tenant, known);
    return known;
  }

  /** Makes what came since into blocks. False, and nothing is changed, when something was deleted at that moment. */
  private async extend(tenant: string, known: TenantBlocks): Promise<boolean> {
    const horizon = await this.horizon();
    const { no, blocks } = await this.count(tenant, known.horizon, horizon);
    if (no !== known.deletionNo) return false;
    known.blocks.push(...blocks);
    known.horizon = horizon;
    return true;
  }

  private async horizon(): Promise<string> {
    const [row] = await this.database.query<{ horizon: string }>(NOW);
    return row?.horizon ?? '-infinity';
  }

  private async count(tenant: string, from: string, to: string): Promise<{ no: number; blocks: Block[] }> {
    const [row] = await this.database.query<{ no: number; blocks: Block[] }>(BLOCKS, [tenant, from, to]);
    return row ?? { no: 0, blocks: [] };
  }
}

interface ChangesRow {
  tail: number;
  no: number;
  deletions: [no: number, inBlocks: boolean, place: number][] | null;
}

function settled({ blocks }: TenantBlocks): number {
  return blocks.reduce((sum, block) => sum + block.size, 0);
}
