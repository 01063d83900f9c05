/** The turn's SQL. What the functions do stands in the migration that makes them. */

const NOTES = `exists (select from memory_streams where tenant = $1 and stream = 's:' || $2::text) as notes`;

export const BEGIN_TURN = {
  name: 'begin_turn',
  text: `select no, agent_id, model, ready, history, ${NOTES}
    from begin_turn($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
};

/** $1: the turns as JSON, $2: their owner, $3: seconds a key lives, $4: whether any of them lasts. Both lists in the turns' order. */
export const BEGIN_TURNS = {
  name: 'begin_turns',
  text: 'select begun, histories from begin_turns($1, $2, make_interval(secs => $3), $4)',
};

export const COMPLETE_TURNS = { name: 'complete_turns', text: 'select remaining from complete_turns($1, $2)' };

export const COMPLETE_TURN = {
  name: 'complete_turn',
  text: 'select complete_turn($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as remaining',
};

/** For a turn whose answer goes to a chat. */
export const COMPLETE_CHANNEL_TURN = {
  name: 'complete_channel_turn',
  text: `select complete_channel_turn($13, $14, (select draft from channel_drafts where tenant = $1 and turn_id = $3),
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as remaining`,
};

export const FAIL_CHANNEL_TURN = `select fail_channel_turn($6, $7, $8, $9,
    (select draft from channel_drafts where tenant = $1 and turn_id = $3), $1, $2, $3, $4, $5) as remaining`;

export const FAIL_TURN = { name: 'fail_turn', text: 'select fail_turn($1, $2, $3, $4, $5) as remaining' };

export const HISTORY = { name: 'turn_history', text: 'select turn_history($1, $2, $3, $4, $5) as history' };

export const ANSWER_EXISTS = {
  name: 'answer_exists',
  text: `select exists (select from messages where tenant = $1 and id = $2 and role = 'assistant') as stored,
    exists (select from turns where tenant = $1 and id = $2) as queued`,
};

export const MAKE_DURABLE = 'update turns set durable = true where tenant = $1 and id = $2 and failed_at is null';

export const HAND_BACK = `update turns set owner = null
  where tenant = $1 and id = $2 and owner = $3 and durable and failed_at is null returning id`;

/**
 * Claims the conversation's first unfinished turn, and only that one: the inner query takes no lock, so a turn that another replica is
 * about to claim is not skipped in favour of a later one; the outer condition is checked again under the row's lock.
 */
export const CLAIM_NEXT = `update turns t set owner = $3, owned_at = now(), attempt = attempt + 1
  from conversations c, messages m
  where t.tenant = $1 and t.id = (
      select id from turns where tenant = $1 and conversation_id = $2 and failed_at is null order by no limit 1)
    and t.owner is null and t.durable and t.failed_at is null
    and c.tenant = $1 and c.id = t.conversation_id
    and m.tenant = $1 and m.conversation_id = t.conversation_id and m.turn_no = t.no and m.step = 0
  returning t.id, t.no, t.request, t.accepted_at, t.attempt, t.told, c.agent_id, c.model, m.content`;

/** Counts no further than $2. */
export const WAITING_TURNS = {
  name: 'waiting_turns',
  text: `select count(*)::int as waiting from (
    select from turns where tenant = $1 and failed_at is null and durable and owner is null limit $2) as counted`,
};

export const FIND_TURN = `select 'answer' as kind, conversation_id, content, model, input_tokens, output_tokens, tokens_estimated,
    latency_ms, skills_used, interrupted, null::jsonb as failure, created_at as ended_at
  from messages where tenant = $1 and id = $2 and role = 'assistant'
  union all
  select 'turn', conversation_id, null, null, null, null, null, null, null, null, failure, failed_at from turns where tenant = $1 and id = $2`;

/** Of the waiting turns ($1 tenants, $2 ids), for replica $3: which may run now, and which are not its own any more. */
export const WAITING_STATES = `select w.tenant, w.id, t.id is null as gone,
    t.id is not null and not exists (
      select from turns earlier where earlier.tenant = t.tenant and earlier.conversation_id = t.conversation_id
        and earlier.failed_at is null and earlier.no < t.no) as ready
  from unnest($1::text[], $2::text[]) as w (tenant, id)
  left join turns t on t.tenant = w.tenant and t.id = w.id and t.owner = $3 and t.failed_at is null`;

export const HEARTBEAT = `insert into replicas (id) values ($1) on conflict (id) do update set heartbeat_at = now()`;

/** Unfinished turns whose replica ($1: seconds) has not been heard of. */
export const ORPHANED_TURNS = `select tenant, id, conversation_id, durable, owner from turns
  where failed_at is null and owner is not null
    and owner not in (select id from replicas where heartbeat_at > now() - make_interval(secs => $1))
  limit 1000`;

/** Not the newest ones: a claim that is on its way back to us is not known here yet. */
export const OWN_TURNS = `select tenant, id, conversation_id, durable, owner from turns
  where failed_at is null and owner = $1 and owned_at < now() - interval '2 seconds'`;

export const FORGET_REPLICAS = `delete from replicas where heartbeat_at < now() - interval '1 hour'`;

/** Conversations whose next turn is a durable one that nobody has taken for $1 seconds: their job was lost in a crash. */
export const FORGOTTEN_TURNS = `select distinct t.tenant, t.conversation_id from turns t
  where t.failed_at is null and t.durable and t.owner is null and t.accepted_at < now() - make_interval(secs => $1)
    and not exists (select from turns earlier where earlier.tenant = t.tenant and earlier.conversation_id = t.conversation_id
      and earlier.failed_at is null and earlier.no < t.no)
  limit 500`;

/** Failures are kept a week for who polls. */
export const FORGET_FAILURES = `delete from turns where failed_at < now() - interval '7 days'`;

/** Counts whose time is over: whoever calls again begins anew. */
export const FORGET_WINDOWS = `delete from rate_windows where ends_at < extract(epoch from now()) * 1000`;
export const FORGET_ATTEMPTS = `delete from failed_attempts where expire < extract(epoch from now()) * 1000 - 60000`;
