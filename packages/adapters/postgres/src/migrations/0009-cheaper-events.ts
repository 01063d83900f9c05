/**
 * The turn's functions write the events of what they do themselves, in the statement after it and with what they have at hand. The triggers
 * did so for a row at a time, each looking the conversation up again, at three to four times the cost. They stay for whoever else writes
 * such a row: one that does not say that its event is written gets it by the trigger. A new member of an event has to be added here, too.
 */
export const cheaperEvents = `
alter table messages
  -- Whoever wrote the row has written its event, too.
  add column announced boolean;

drop trigger message_event on messages;
create trigger message_event after insert on messages for each row
  when (new.announced is not true) execute function tell_of_message();

-- begin_turn opens with the first turn, whoever opens a conversation without one does not.
drop trigger created_event on conversations;
create trigger created_event after insert on conversations for each row
  when (new.last_turn = 0) execute function tell_of_opening();

create or replace function begin_turn(
  p_tenant text, p_conversation text, p_channel text, p_agent text, p_label text, p_summary text,
  p_turn text, p_message text, p_content text, p_metadata jsonb, p_request jsonb,
  p_owner text, p_durable boolean, p_history integer, p_history_bytes integer,
  out no integer, out agent_id text, out model text, out ready boolean, out history json
) language plpgsql as $$
declare
  active integer;
  in_channel text;
  opened boolean;
begin
  -- Nobody has been promised anything yet, and the answer's commit makes this one last too: no need to wait for the disk twice.
  if not p_durable and current_setting('synchronous_commit') = 'on' then
    perform set_config('synchronous_commit', 'off', true);
  end if;

  insert into conversations as c (tenant, id, channel, agent_id, label, summary, message_count, last_turn, active_turns)
  values (p_tenant, p_conversation, p_channel, p_agent, p_label, p_summary, 1, 1, 1)
  on conflict (tenant, id) do update set
    message_count = c.message_count + 1,
    last_turn = c.last_turn + 1,
    active_turns = c.active_turns + 1,
    last_message_at = date_trunc('milliseconds', now()),
    summary = case when c.summary = '' then excluded.summary else c.summary end
  -- A row that was there before has been locked, of which xmax tells.
  returning c.last_turn, c.agent_id, c.model, c.active_turns, c.channel, c.xmax = 0
  into no, agent_id, model, active, in_channel, opened;
  ready := active = 1;

  insert into messages (tenant, conversation_id, turn_no, step, id, role, content, metadata, announced)
  values (p_tenant, p_conversation, no, 0, p_message, 'user', p_content, p_metadata, true);

  insert into turns (tenant, id, conversation_id, no, request, durable, owner, attempt)
  values (p_tenant, p_turn, p_conversation, no, p_request, p_durable, p_owner, case when p_owner is null then 0 else 1 end);

  if opened then
    insert into events (tenant, name, conversation_id, channel, message_id, sender, sender_name, content)
    values (p_tenant, 'conversation.created', p_conversation, in_channel, null, null, null, null),
      (p_tenant, 'message.received', p_conversation, in_channel, p_message, coalesce(p_metadata ->> 'user_id', 'user'),
        p_metadata ->> 'user_name', p_content);
  else
    insert into events (tenant, name, conversation_id, channel, message_id, sender, sender_name, content)
    values (p_tenant, 'message.received', p_conversation, in_channel, p_message, coalesce(p_metadata ->> 'user_id', 'user'),
      p_metadata ->> 'user_name', p_content);
  end if;

  if ready and not p_durable and no > 1 then
    history := turn_history(p_tenant, p_conversation, no, p_history, p_history_bytes);
  end if;
end $$;

create or replace function complete_turn(
  p_tenant text, p_conversation text, p_turn text, p_owner text,
  p_content text, p_model text, p_input integer, p_output integer, p_estimated boolean,
  p_latency integer, p_skills text[], p_interrupted boolean
) returns integer language plpgsql as $$
declare
  turn_no integer;
  remaining integer;
  in_channel text;
  agent text;
begin
  update conversations set active_turns = active_turns - 1, message_count = message_count + 1,
    last_message_at = date_trunc('milliseconds', now())
  where tenant = p_tenant and id = p_conversation
  returning active_turns, channel, agent_id into remaining, in_channel, agent;
  delete from turns where tenant = p_tenant and conversation_id = p_conversation and id = p_turn and owner = p_owner and failed_at is null returning no into turn_no;
  if not found then
    -- Rare: what was done in the hope that the turn is still the caller's is taken back.
    update conversations c set active_turns = active_turns + 1, message_count = message_count - 1,
      last_message_at = coalesce((select m.created_at from messages m where m.tenant = p_tenant and m.conversation_id = p_conversation
        order by m.turn_no desc, m.step desc limit 1), c.last_message_at)
    where tenant = p_tenant and id = p_conversation;
    return null;
  end if;

  insert into messages (tenant, conversation_id, turn_no, step, id, role, content,
    model, input_tokens, output_tokens, tokens_estimated, latency_ms, skills_used, interrupted, announced)
  values (p_tenant, p_conversation, turn_no, 1, p_turn, 'assistant', p_content,
    p_model, p_input, p_output, p_estimated, p_latency, p_skills, p_interrupted, true);

  insert into events (tenant, name, conversation_id, channel, message_id, sender, content)
  values (p_tenant, 'message.sent', p_conversation, in_channel, p_turn, agent, p_content);

  if remaining > 0 then perform pg_notify('openclaw_turns', json_build_array(p_tenant, p_conversation)::text); end if;
  return remaining;
end $$;
`;
