/**
 * `begin_turn`, `begin_lasting_turn` and `complete_turn` for several turns at once: one statement, one commit and one pass over each table for what arrives together. They do
 * the same to each turn; what is added to the one has to be added to the other. Each conversation is in a call at most once.
 *
 * Locks are taken in the order of the conversations' keys, and not waited for long: whoever calls tries the turns one by one then, so that
 * one conversation that somebody holds makes no other wait.
 *
 * The plans are made once per connection, perhaps on empty tables, where all plans cost the same. So nothing is left to choose: rows are looked
 * up one by one (lateral) and changed by their place.
 */
export const turnsInBatches = `
-- Lasting turns, which begin_lasting_turn begins, are told from others by the member; one whose key has been used is a null in the list.
create function begin_turns(p_turns json, p_owner text, p_key_lifetime interval, p_lasting boolean, out begun json, out histories json)
language plpgsql set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  v_follows boolean;
begin
  -- As in begin_turn.
  if not p_lasting and current_setting('synchronous_commit') = 'on' then perform set_config('synchronous_commit', 'off', true); end if;
  perform set_config('lock_timeout', '50ms', true);

  with input as materialized (
    select * from rows from (json_to_recordset(p_turns) as (tenant text, conversation text, channel text, agent text, label text, summary text,
      turn text, message text, content text, metadata jsonb, request jsonb, key text, fingerprint text, lasting boolean, told boolean))
      with ordinality as i (tenant, conversation, channel, agent, label, summary, turn, message, content, metadata, request, key, fingerprint,
        lasting, told, at)
  ), keyed as (
    insert into idempotency_keys as k (tenant, key, fingerprint, turn_id, conversation_id)
    select tenant, key, fingerprint, turn, conversation from input where key is not null order by tenant, key
    on conflict (tenant, key) do update set
      fingerprint = excluded.fingerprint, turn_id = excluded.turn_id,
      conversation_id = excluded.conversation_id, created_at = now()
    where k.created_at <= now() - p_key_lifetime
    returning k.turn_id
  ), wanted as materialized (
    select * from input where key is null or turn in (select turn_id from keyed)
  ), opened as (
    insert into conversations as c (tenant, id, channel, agent_id, label, summary, message_count, last_turn, active_turns)
    select tenant, conversation, channel, agent, label, summary, 1, 1, 1 from wanted order by tenant, conversation
    on conflict (tenant, id) do update set
      message_count = c.message_count + 1,
      last_turn = c.last_turn + 1,
      active_turns = c.active_turns + 1,
      last_message_at = date_trunc('milliseconds', now()),
      summary = case when c.summary = '' then excluded.summary else c.summary end
    returning c.tenant, c.id, c.last_turn, c.agent_id, c.model, c.active_turns, c.channel, c.chat_id, c.xmax = 0 as is_new
  ), turn as materialized (
    select i.*, o.last_turn as no, o.agent_id, o.model, o.active_turns = 1 as ready, o.channel as in_channel, o.chat_id, o.is_new
    from wanted i join opened o on o.tenant = i.tenant and o.id = i.conversation
  ), said as (
    insert into messages (tenant, conversation_id, turn_no, step, id, role, content, metadata, announced)
    select tenant, conversation, no, 0, message, 'user', content, metadata, true from turn
  ), queued as (
    insert into turns (tenant, id, conversation_id, no, request, durable, told, owner, attempt)
    select tenant, turn, conversation, no, request, lasting, told, p_owner, 1 from turn
  ), told as (
    insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, sender_name, content)
    select tenant, 'conversation.created', conversation, in_channel, null, null, null, null, null from turn where is_new
    union all
    select tenant, 'message.received', conversation, in_channel, chat_id, message, coalesce(metadata ->> 'user_id', 'user'),
      metadata ->> 'user_name', content from turn
  )
  select json_agg(case when t.no is not null then json_build_array(t.no, t.agent_id, t.model, t.ready,
      (select true from memory_streams s where s.tenant = t.tenant and s.stream = 's:' || t.conversation)) end order by i.at),
    bool_or(t.ready and t.no > 1)
  into begun, v_follows from input i left join turn t on t.at = i.at;

  -- In a statement of its own: what the locks were waited for is seen by this one.
  if v_follows then
    select json_agg(case when t.ready and t.no > 1 then turn_history(i.tenant, i.conversation, t.no, i.history, i.history_bytes) end order by i.at)
    into histories
    from rows from (json_to_recordset(p_turns) as (tenant text, conversation text, history integer, history_bytes integer)) with ordinality
      as i (tenant, conversation, history, history_bytes, at)
    cross join lateral (select (begun -> (i.at::integer - 1) ->> 0)::integer as no, (begun -> (i.at::integer - 1) ->> 3)::boolean as ready) t;
  end if;
end $$;

-- Gives in their order what complete_turn does: how many turns each conversation has left; null where the turn is not p_owner's any more.
create function complete_turns(p_answers json, p_owner text, out remaining json) language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  v_conversations tid[];
  v_turns tid[];
  v_waiting boolean;
begin
  perform set_config('lock_timeout', '50ms', true);
  select array_agg(c.place), array_agg(t.place) into v_conversations, v_turns
  from (select * from json_to_recordset(p_answers) as j (tenant text, conversation text, turn text) order by tenant, conversation) i
  cross join lateral (
    select c.ctid as place from conversations c where c.tenant = i.tenant and c.id = i.conversation for no key update) c
  cross join lateral (
    select t.ctid as place from turns t where t.tenant = i.tenant and t.id = i.turn and t.conversation_id = i.conversation
      and t.owner = p_owner and t.failed_at is null for update) t;

  with input as materialized (
    select * from rows from (json_to_recordset(p_answers) as (tenant text, conversation text, turn text, content text, model text,
      input_tokens integer, output_tokens integer, estimated boolean, latency integer, skills text[], interrupted boolean)) with ordinality
      as i (tenant, conversation, turn, content, model, input_tokens, output_tokens, estimated, latency, skills, interrupted, at)
  ), ended as (
    delete from turns where ctid = any(v_turns) returning tenant, id, no
  ), counted as (
    update conversations set active_turns = active_turns - 1, message_count = message_count + 1,
      last_message_at = date_trunc('milliseconds', now())
    where ctid = any(v_conversations)
    returning tenant, id, active_turns, channel, chat_id, agent_id
  ), answer as materialized (
    select i.*, e.no, c.active_turns, c.channel, c.chat_id, c.agent_id
    from input i join ended e on e.tenant = i.tenant and e.id = i.turn join counted c on c.tenant = i.tenant and c.id = i.conversation
  ), said as (
    insert into messages (tenant, conversation_id, turn_no, step, id, role, content,
      model, input_tokens, output_tokens, tokens_estimated, latency_ms, skills_used, interrupted, announced)
    select tenant, conversation, no, 1, turn, 'assistant', content,
      model, input_tokens, output_tokens, estimated, latency, skills, interrupted, true from answer
  ), told as (
    insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, content)
    select tenant, 'message.sent', conversation, channel, chat_id, turn, agent_id, content from answer
  )
  select json_agg(a.active_turns order by i.at), bool_or(a.active_turns > 0) into remaining, v_waiting
  from input i left join answer a on a.at = i.at;

  if v_waiting then
    perform pg_notify('openclaw_turns', json_build_array(i.tenant, i.conversation)::text)
    from rows from (json_to_recordset(p_answers) as (tenant text, conversation text)) with ordinality as i (tenant, conversation, at)
    where (remaining ->> (i.at::integer - 1))::integer > 0;
  end if;
end $$;

-- What a statement adds to messages becomes entries at once, not row by row.
create function remember_messages() returns trigger language plpgsql as $$
begin
  insert into memory_entries (tenant, stream, position, kind, created_at)
  select tenant, 'c:' || conversation_id, (turn_no - 1) * 2 + step, 'message', created_at from added where content <> '';
  return null;
end $$;
drop trigger message_memory on messages;
drop function remember_message();
create trigger message_memory after insert on messages referencing new table as added for each statement execute function remember_messages();
`;
