import type { ClientBase } from 'pg';

/**
 * Events know the transactions that wrote them, and readers which transactions they have seen: numbers of one server, that say nothing on another.
 * What was passed on to webhooks becomes older than anything here, what was not yet becomes this transaction's: it is passed on as if it had just
 * happened. See fan_out_events in migration 15.
 */
const RENUMBER = `
  update events e set xid = case
    when pg_visible_in_snapshot(e.xid, c.seen) or (c.up_to is not null and pg_visible_in_snapshot(e.xid, c.up_to) and e.no <= c.no)
    then '3'::xid8 else pg_current_xact_id() end
  from webhook_cursor c`;

/** Everything before this transaction, and not this one. */
const MOVE_CURSOR = `update webhook_cursor
  set seen = format('%1$s:%1$s:', pg_current_xact_id())::pg_snapshot, up_to = null, no = 0, moved_at = now()`;

/** Within the transaction that has loaded them. Older backups have no cursor, or no events. */
export async function renumberEvents(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ events: boolean; cursor: boolean }>(
    "select to_regclass('events') is not null as events, to_regclass('webhook_cursor') is not null as cursor",
  );
  const [there] = rows;
  if (!there?.events) return;
  await client.query(there.cursor ? RENUMBER : "update events set xid = '3'");
  if (there.cursor) await client.query(MOVE_CURSOR);
}
