import type { ConversationCursor, ConversationFilter } from '@openclaw/core';
import type { PagePlace } from './conversation-blocks.js';

export interface ListPlan {
  text: (columns: string) => string;
  values: unknown[];
  /** Rows come oldest first and have to be turned round. */
  reversed: boolean;
}

/** The conditions of a filter as SQL over `conversations`, their values from $1 on. */
export function conditions(tenant: string, filter: ConversationFilter): { where: string[]; values: unknown[] } {
  const values: unknown[] = [tenant];
  const where = ['tenant = $1'];
  const add = (condition: string, value: unknown) => {
    values.push(value);
    where.push(condition.replace('?', `$${values.length}`));
  };
  if (filter.channel !== undefined) add('channel = ?', filter.channel);
  if (filter.since) add('created_at >= ?', filter.since);
  if (filter.until) add('created_at <= ?', filter.until);
  return { where, values };
}

export function countPlan(tenant: string, filter: ConversationFilter): { text: string; values: unknown[] } {
  const { where, values } = conditions(tenant, filter);
  return { text: `select count(*)::int as total from conversations where ${where.join(' and ')}`, values };
}

/** A page after a cursor; one row more than asked for tells whether there is another page. */
export function pageAfter(
  tenant: string,
  filter: ConversationFilter,
  after: ConversationCursor,
  limit: number,
): ListPlan {
  const { where, values } = conditions(tenant, filter);
  values.push(after.createdAt, after.id);
  where.push(`(created_at, id) < ($${values.length - 1}, $${values.length})`);
  return plan(where, values, limit + 1, 0, false);
}

/** A page of a filtered list at an offset, read from whichever end of the list is nearer. Undefined when it lies beyond the end. */
export function pageAt(
  tenant: string,
  filter: ConversationFilter,
  offset: number,
  limit: number,
  total: number,
): ListPlan | undefined {
  if (offset >= total) return undefined;
  const { where, values } = conditions(tenant, filter);
  if (offset <= total / 2) return plan(where, values, limit, offset, false);
  const size = Math.min(limit, total - offset);
  return plan(where, values, size, total - offset - size, true);
}

/** A page of the whole list, whose place was found by counting blocks. */
export function pageIn(tenant: string, { from, before, skip, size, newestFirst }: PagePlace): ListPlan {
  const { where, values } = conditions(tenant, {});
  if (from !== undefined) where.push(`created_at >= $${values.push(from)}`);
  if (before !== undefined) where.push(`created_at < $${values.push(before)}`);
  return plan(where, values, size, skip, !newestFirst);
}

/**
 * The rows as they come, also those that are skipped: ids first and whole rows after them would be a join, and with no figures yet about a
 * tenant that grows fast the planner makes one of it that takes seconds.
 */
function plan(where: string[], values: unknown[], limit: number, offset: number, reversed: boolean): ListPlan {
  const order = reversed ? 'created_at, id' : 'created_at desc, id desc';
  return {
    reversed,
    values,
    text: (columns) =>
      `select ${columns} from conversations where ${where.join(' and ')} order by ${order} limit ${limit} offset ${offset}`,
  };
}
