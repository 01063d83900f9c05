/** The SQL of channels. What the functions do stands in the migration that makes them. */

export const HOLD_CHANNELS = {
  name: 'hold_channels',
  text: "select hold_channels($1, $2, $3, $4 * interval '1 millisecond') as channel",
};

export const REPORT_CHANNEL = 'select report_channel($1, $2, $3, $4, $5) as held';

export const LIST_LINKS = `select channel, tenant, last_error,
    case when holder is not null and lease_until > now() then status else 'disconnected' end as status,
    case when holder is not null and lease_until > now() then connected_since end as connected_since
  from channel_links where channel = any($1)`;

export const TRAFFIC = `select channel, count(*)::int as messages from (
    select channel from channel_updates where tenant = $1 and channel = any($2) and received_at >= $3
    union all
    select channel from sends where tenant = $1 and channel = any($2) and ended_at >= $3 and state = 'sent'
  ) moved group by channel`;

export const RECEIVE_UPDATE = {
  name: 'receive_update',
  text: `select receive_update($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) as no`,
};

export const NOTE_UPDATE = `insert into channel_updates (tenant, channel, update_id) values ($1, $2, $3)
  on conflict do nothing returning update_id`;

/** So many of a channel's chats are looked at, the youngest: when they were last written to is in no index. */
const CHATS_LOOKED_AT = 20_000;

export const LIST_CHATS = `select chat_id, last_update, last_message_at from (
    select chat_id, last_update, last_message_at from conversations where tenant = $1 and channel = $2
    order by created_at desc, id desc limit ${CHATS_LOOKED_AT}
  ) c where chat_id is not null and last_message_at >= $3
  order by last_message_at desc limit $4`;

export const FORGET_UPDATES = `delete from channel_updates where received_at < now() - interval '7 days'`;

export const FIND_DRAFT = 'select draft from channel_drafts where tenant = $1 and turn_id = $2';

export const KEEP_DRAFT = `insert into channel_drafts (tenant, turn_id, draft) values ($1, $2, $3)
  on conflict (tenant, turn_id) do update set draft = excluded.draft`;

export const CHAT_IS_BUSY = `select exists (
    select from sends where tenant = $1 and channel = $2 and chat_id = $3 and state = 'queued') as busy`;

export const IS_PAIRED = `select exists (
    select from channel_pairings where tenant = $1 and channel = $2 and user_id = $3 and approved_at is not null) as paired`;

export const ASK_PAIRING = `select ask_pairing($1, $2, $3, $4, $5, $6 * interval '1 millisecond', $7 * interval '1 millisecond', $8) as code`;

const PAIRING = 'channel, user_id, user_name, created_at, approved_at, expires_at';

export const APPROVE_PAIRING = `update channel_pairings set approved_at = now(), code = null, expires_at = null
  where tenant = $1 and channel = $2 and code = $3 and expires_at > now() returning ${PAIRING}`;

export const LIST_PAIRINGS = `select ${PAIRING} from channel_pairings
  where tenant = $1 and channel = $2 and (approved_at is not null or expires_at > now()) order by created_at desc limit 1000`;

export const REMOVE_PAIRING = `delete from channel_pairings where tenant = $1 and channel = $2 and user_id = $3 returning user_id`;

export const FORGET_CODES = `delete from channel_pairings where approved_at is null and expires_at < now() - interval '1 day'`;
