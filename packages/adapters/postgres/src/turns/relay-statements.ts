/** The SQL of orders to running turns and of what they say. What the functions do stands in the migration that makes them. */

export const BEGIN_LASTING_TURN = {
  name: 'begin_lasting_turn',
  text: `select used_by, used_in, used_for, no, agent_id, model, ready, history,
      exists (select from memory_streams where tenant = $5 and stream = 's:' || $6::text) as notes
    from begin_lasting_turn($1, $2, make_interval(secs => $3), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
};

export const CANCEL_TURN = 'select cancel_turn($1, $2, $3, $4) as owner';

/** Changes the row, and calls its owner, only for who is the first to ask. */
export const AWAIT_END = `update turns set awaited = true
  where tenant = $1 and id = $2 and failed_at is null and not awaited`;
export const ASK_TO_TELL = `with asked as (
    update turns set told = true where tenant = $1 and id = $2 and failed_at is null and not told returning owner)
  select pg_notify('openclaw_orders', owner) from asked where owner is not null`;

export const ORDERS = {
  name: 'orders',
  text: `select tenant, id, cancelled, told from turns where owner = $1 and (cancelled or told) and failed_at is null`,
};

/** Of a turn under way: what a deleted conversation goes on to say is kept nowhere. */
export const TELL = {
  name: 'tell_turn',
  text: `with told as (
      insert into turn_parts (tenant, turn_id, run, at, upto, texts)
      select $1, $2, $3, $4, $5, $6 where exists (select from turns where tenant = $1 and id = $2)
      on conflict do nothing)
    select pg_notify('openclaw_signs', json_build_array($1::text, $2::text)::text)`,
};

/** $3: the run and $4 the position up to which the caller has heard it; $5: at most so many parts. */
export const HEARD = {
  name: 'heard_turn',
  text: `select newest.run, p.at, p.texts
    from (select max(run) as run from turn_parts where tenant = $1 and turn_id = $2) newest
    left join lateral (
      select at, texts from turn_parts
      where tenant = $1 and turn_id = $2 and run = newest.run and upto > case when run = $3 then $4 else 0 end
      order by upto limit $5
    ) p on true
    order by p.at`,
};

/** Of turns that have told nothing for 10 minutes and are not under way. */
export const FORGET_PARTS = `delete from turn_parts p
  where p.created_at < now() - interval '10 minutes'
    and not exists (select from turn_parts newer where newer.tenant = p.tenant and newer.turn_id = p.turn_id
      and newer.created_at >= now() - interval '10 minutes')
    and not exists (select from turns t where t.tenant = p.tenant and t.id = p.turn_id and t.failed_at is null)`;

/** Of a conversation ($2) that is being deleted, before its rows are. */
export const FORGET_CONVERSATION = `delete from turn_parts where tenant = $1 and turn_id in (
  select id from turns where tenant = $1 and conversation_id = $2
  union all select id from messages where tenant = $1 and conversation_id = $2 and step > 0)`;

export const FORGET_KEYS = `delete from idempotency_keys where created_at < now() - interval '24 hours'`;
