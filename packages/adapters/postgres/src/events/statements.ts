/** The event log's SQL. The rows are written by triggers: see the migration that makes them. */

export const SNAPSHOT = { name: 'event_snapshot', text: 'select pg_current_snapshot()::text as now' };

/** How much one page holds, in rows and in bytes of their data. */
export const PAGE_ROWS = 200;
export const PAGE_BYTES = 4_000_000;

/**
 * What was not visible in snapshot $1 and is in $2, behind number $3, of the tenants $4. One row more than a page has; a row beyond the
 * page's bytes comes without its content, and says so. An event's id is made here, of what is written of it once.
 *
 * A range of the index (xid, no): a look that finds nothing reads 5 pages, one that finds 20 events 4, with a million events of 50 tenants in
 * the table. Only who is a million behind sorts all of them for each page (0.8 s): readers begin at the end, and look every 100 ms.
 */
export const EVENTS_BETWEEN = {
  name: 'events_between',
  text: `select no, tenant, name, at, conversation_id, channel, chat_id, message_id, sender, sender_name,
      case when bytes_before < ${PAGE_BYTES} then content end as content, failure, reason, bytes_before >= ${PAGE_BYTES} as beyond,
      event_id(xid, no, at) as id
    from (
      select *, coalesce(sum(octet_length(content)) over (order by no rows between unbounded preceding and 1 preceding), 0)
        as bytes_before
      from (
        select * from events
        where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
          and pg_visible_in_snapshot(xid, $2::pg_snapshot) and no > $3::bigint and tenant = any($4)
        order by no limit ${PAGE_ROWS + 1}
      ) page
    ) measured
    order by no`,
};

/** How many of the oldest events are looked at in one go. */
export const FORGET_BATCH = 5_000;

/**
 * Of the oldest events, deletes those older than a day that were passed on to the webhooks; returns how many. The newest of a batch may be
 * younger than the ones after it.
 */
export const FORGET_EVENTS = `with oldest as (select xid, no from events order by xid, no limit ${FORGET_BATCH}),
    forgotten as (
      delete from events e using oldest o
      where e.xid = o.xid and e.no = o.no and e.at < now() - interval '24 hours'
        and pg_visible_in_snapshot(e.xid, (select seen from webhook_cursor)) returning 1)
  select count(*)::int as forgotten from forgotten`;
