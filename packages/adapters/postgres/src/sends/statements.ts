/** The SQL of sends. What the functions do stands in the migration that makes them. */

export const ACCEPT_SEND = {
  name: 'accept_send',
  text: `select used_by, used_in, used_for, claimed, accepted_at
    from accept_send($1, $2, make_interval(secs => $3), $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
};

export const NOTE_SEND = {
  name: 'note_send',
  text: 'select * from note_send($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
};

export const WITHDRAW_SEND = 'select withdraw_send($1, $2, $3)';

export const NOTE_PROGRESS = `update sends set parts = coalesce(parts, $4::jsonb), message_ids = $5
  where tenant = $1 and id = $2 and owner = $3 and state = 'queued' returning id`;

export const FIND_SEND = {
  name: 'find_send',
  text: `select tenant, id, channel, chat_id, conversation_id, state, message_ids, attempts, accepted_at, ended_at, failure, last_error
    from sends where tenant = $1 and id = $2`,
};

/** Of the channels $2 of the tenants $3, at most $4: claimed for $1. */
export const CLAIM_DUE = {
  name: 'claim_due_sends',
  text: `update sends s set owner = $1, claimed_at = now(), attempts = s.attempts + 1
    from (
      select d.tenant, d.id from sends d
      where d.state = 'queued' and d.owner is null and d.next_attempt_at <= now()
        and (d.channel, d.tenant) in (select * from unnest($2::text[], $3::text[]))
      order by d.next_attempt_at limit $4 for update skip locked
    ) due
    where s.tenant = due.tenant and s.id = due.id
    returning s.*`,
};

/** The first of their chats, accepted more than $2 seconds ago. */
export const CLAIM_OVERDUE = `update sends s set owner = $1, claimed_at = now()
  from (
    select d.tenant, d.id from sends d
    where d.state = 'queued' and d.owner is null and d.next_attempt_at is not null and d.accepted_at < now() - make_interval(secs => $2)
    limit $3 for update skip locked
  ) old
  where s.tenant = old.tenant and s.id = old.id
  returning s.*`;

/** Claims of replicas that have not been heard of for $1 seconds. */
export const FREE_ORPHANS = `update sends set owner = null, claimed_at = null, next_attempt_at = now()
  where state = 'queued' and owner is not null
    and owner not in (select id from replicas where heartbeat_at > now() - make_interval(secs => $1)) returning id`;

/** Not the newest ones: a claim that is on its way back to us is not known here yet. */
export const OWN_CLAIMS = `select tenant, id from sends
  where state = 'queued' and owner = $1 and claimed_at < now() - interval '3 seconds'`;

export const FREE_CLAIM = `update sends set owner = null, claimed_at = null, next_attempt_at = now()
  where tenant = $1 and id = $2 and owner = $3 and state = 'queued'`;

/** How they ended can be asked for a week. */
export const FORGET_SENDS = `delete from sends where ended_at < now() - interval '7 days'`;

/** Drafts of turns that ended long ago. */
export const FORGET_DRAFTS = `delete from channel_drafts where created_at < now() - interval '1 day'`;
