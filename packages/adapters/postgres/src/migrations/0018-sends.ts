/**
 * What is to be sent to chats, until the platform has taken it. Functions for the same reasons as the turn's: each is one round trip, and
 * takes the conversation's row first. A chat is one conversation, so that lock orders the chat's sends as well.
 *
 * Only the first queued send of a chat has a `next_attempt_at`: a backlog is in no index that is polled.
 */
export const sends = `
alter table conversations
  -- The chat that the conversation is, on its channel.
  add column chat_id text;

create table sends (
  tenant text not null,
  id text not null,
  -- Order within a chat: drawn while the conversation's row is held.
  no bigint generated always as identity,
  channel text not null,
  chat_id text not null,
  conversation_id text not null,
  text text not null,
  -- A notice is no message of the conversation, and no event tells of it.
  notice boolean not null default false,
  -- The platform's id of a message that already shows the beginning of the text.
  draft text,
  -- How the text was split, once its first part has gone, and the platform's ids of the parts it has taken.
  parts jsonb,
  message_ids text[] not null default '{}',
  state text not null default 'queued',
  attempts integer not null default 0,
  accepted_at timestamptz not null default now(),
  next_attempt_at timestamptz,
  last_error text,
  failure jsonb,
  ended_at timestamptz,
  owner text,
  claimed_at timestamptz,
  primary key (tenant, id)
);

create index sends_of_chat on sends (tenant, channel, chat_id, no) where state = 'queued';
create index sends_due on sends (next_attempt_at) where state = 'queued' and owner is null and next_attempt_at is not null;
create index sends_owned on sends (owner) where state = 'queued' and owner is not null;
create index sends_ended on sends (ended_at) where ended_at is not null;
create index sends_of_conversation on sends (tenant, conversation_id);

-- Messages that show an answer while it is made.
create table channel_drafts (
  tenant text not null,
  turn_id text not null,
  draft text not null,
  created_at timestamptz not null default now(),
  primary key (tenant, turn_id)
);
create index channel_drafts_age on channel_drafts (created_at);

-- Events of messages say in which chat they were said. What else these functions do stands where they were made first.
create or replace function begin_turn(
  p_tenant text, p_conversation text, p_channel text, p_agent text, p_label text, p_summary text,
  p_turn text, p_message text, p_content text, p_metadata jsonb, p_request jsonb,
  p_owner text, p_durable boolean, p_history integer, p_history_bytes integer,
  out no integer, out agent_id text, out model text, out ready boolean, out history json
) language plpgsql as $$
declare
  active integer;
  in_channel text;
  in_chat text;
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
  returning c.last_turn, c.agent_id, c.model, c.active_turns, c.channel, c.chat_id, c.xmax = 0
  into no, agent_id, model, active, in_channel, in_chat, opened;
  ready := active = 1;

  insert into messages (tenant, conversation_id, turn_no, step, id, role, content, metadata, announced)
  values (p_tenant, p_conversation, no, 0, p_message, 'user', p_content, p_metadata, true);

  insert into turns (tenant, id, conversation_id, no, request, durable, owner, attempt)
  values (p_tenant, p_turn, p_conversation, no, p_request, p_durable, p_owner, case when p_owner is null then 0 else 1 end);

  if opened then
    insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, sender_name, content)
    values (p_tenant, 'conversation.created', p_conversation, in_channel, null, null, null, null, null),
      (p_tenant, 'message.received', p_conversation, in_channel, in_chat, p_message, coalesce(p_metadata ->> 'user_id', 'user'),
        p_metadata ->> 'user_name', p_content);
  else
    insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, sender_name, content)
    values (p_tenant, 'message.received', p_conversation, in_channel, in_chat, p_message, coalesce(p_metadata ->> 'user_id', 'user'),
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
  in_chat text;
  agent text;
begin
  update conversations set active_turns = active_turns - 1, message_count = message_count + 1,
    last_message_at = date_trunc('milliseconds', now())
  where tenant = p_tenant and id = p_conversation
  returning active_turns, channel, chat_id, agent_id into remaining, in_channel, in_chat, agent;
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

  -- An answer that goes out through a channel is told of when the platform has taken it.
  if current_setting('openclaw.goes_out', true) is distinct from 'on' then
    insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, content)
    values (p_tenant, 'message.sent', p_conversation, in_channel, in_chat, p_turn, agent, p_content);
  end if;

  if remaining > 0 then perform pg_notify('openclaw_turns', json_build_array(p_tenant, p_conversation)::text); end if;
  return remaining;
end $$;

create or replace function tell_of_message() returns trigger language plpgsql as $$
begin
  insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, sender_name, content)
  select c.tenant, case when new.step = 0 then 'message.received' else 'message.sent' end, c.id, c.channel, c.chat_id, new.id,
    case when new.step = 0 then coalesce(new.metadata ->> 'user_id', 'user') else c.agent_id end,
    new.metadata ->> 'user_name', new.content
  from conversations c where c.tenant = new.tenant and c.id = new.conversation_id;
  return null;
end $$;

create or replace function tell_of_failure() returns trigger language plpgsql as $$
begin
  insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, content, failure)
  select c.tenant, 'message.failed', c.id, c.channel, c.chat_id, new.id, c.agent_id, '', new.failure
  from conversations c where c.tenant = new.tenant and c.id = new.conversation_id;
  return null;
end $$;

-- What has not gone out yet of a conversation that is deleted goes with it.
create function forget_sends() returns trigger language plpgsql as $$
begin
  delete from sends where tenant = old.tenant and conversation_id = old.id;
  return null;
end $$;
create trigger sends_of_deleted after delete on conversations for each row execute function forget_sends();

-- The caller holds the conversation's row. Claimed for p_owner, if there is one, where nothing of the chat is before it; returns whether.
create function queue_send(
  p_tenant text, p_id text, p_channel text, p_chat text, p_conversation text, p_text text, p_notice boolean, p_draft text, p_owner text
) returns boolean language plpgsql as $$
declare
  first boolean;
begin
  first := not exists (select from sends s where s.tenant = p_tenant and s.channel = p_channel and s.chat_id = p_chat and s.state = 'queued');
  insert into sends (tenant, id, channel, chat_id, conversation_id, text, notice, draft, next_attempt_at, owner, claimed_at, attempts)
  values (p_tenant, p_id, p_channel, p_chat, p_conversation, p_text, p_notice, p_draft,
    case when first then now() end, case when first then p_owner end, case when first and p_owner is not null then now() end,
    case when first and p_owner is not null then 1 else 0 end);
  return first and p_owner is not null;
end $$;

-- Under an idempotency key, if there is one: where it has been used, only the used_ columns are given, and nothing has happened.
create function accept_send(
  p_key text, p_fingerprint text, p_key_lifetime interval,
  p_tenant text, p_id text, p_channel text, p_chat text, p_conversation text, p_agent text, p_summary text, p_text text, p_owner text,
  out used_by text, out used_in text, out used_for text, out claimed boolean, out accepted_at timestamptz
) language plpgsql as $$
declare
  v_turn integer;
  opened boolean;
begin
  if p_key is not null then
    -- Waits for a transaction that is just writing the same key.
    insert into idempotency_keys as k (tenant, key, fingerprint, turn_id, conversation_id)
    values (p_tenant, p_key, p_fingerprint, p_id, p_conversation)
    on conflict (tenant, key) do update set
      fingerprint = excluded.fingerprint, turn_id = excluded.turn_id,
      conversation_id = excluded.conversation_id, created_at = now()
    where k.created_at <= now() - p_key_lifetime;
    if not found then
      select k.turn_id, k.conversation_id, k.fingerprint into used_by, used_in, used_for
      from idempotency_keys k where k.tenant = p_tenant and k.key = p_key;
      return;
    end if;
  end if;

  insert into conversations as c (tenant, id, channel, chat_id, agent_id, summary, message_count, last_turn)
  values (p_tenant, p_conversation, p_channel, p_chat, p_agent, p_summary, 1, 1)
  on conflict (tenant, id) do update set
    message_count = c.message_count + 1,
    last_turn = c.last_turn + 1,
    last_message_at = date_trunc('milliseconds', now()),
    chat_id = coalesce(c.chat_id, excluded.chat_id),
    summary = case when c.summary = '' then excluded.summary else c.summary end
  -- A row that was there before has been locked, of which xmax tells.
  returning c.last_turn, c.xmax = 0 into v_turn, opened;

  -- The message is told of when the platform has taken it.
  insert into messages (tenant, conversation_id, turn_no, step, id, role, content, announced)
  values (p_tenant, p_conversation, v_turn, 1, p_id, 'assistant', p_text, true);
  if opened then
    insert into events (tenant, name, conversation_id, channel) values (p_tenant, 'conversation.created', p_conversation, p_channel);
  end if;

  claimed := queue_send(p_tenant, p_id, p_channel, p_chat, p_conversation, p_text, false, null, p_owner);
  accepted_at := now();
end $$;

-- Takes a send back that nobody has been told of, unless it has been tried by another than p_owner.
create function withdraw_send(p_tenant text, p_id text, p_owner text) returns void language plpgsql as $$
declare
  v sends;
begin
  select * into v from sends s where s.tenant = p_tenant and s.id = p_id;
  if not found then return; end if;
  perform 1 from conversations where tenant = p_tenant and id = v.conversation_id for no key update;
  delete from sends s where s.tenant = p_tenant and s.id = p_id and s.state = 'queued' and (s.owner = p_owner or (s.owner is null and s.attempts = 0))
  returning * into v;
  if not found then return; end if;
  delete from messages where tenant = p_tenant and conversation_id = v.conversation_id and role = 'assistant' and id = p_id;
  update conversations set message_count = message_count - 1 where tenant = p_tenant and id = v.conversation_id;
  perform promote_send(p_tenant, v.channel, v.chat_id);
end $$;

-- Gives the chat's first queued send its time, where it has none.
create function promote_send(p_tenant text, p_channel text, p_chat text) returns void language sql as $$
  update sends set next_attempt_at = now()
  where tenant = p_tenant and next_attempt_at is null and id = (
    select s.id from sends s where s.tenant = p_tenant and s.channel = p_channel and s.chat_id = p_chat and s.state = 'queued'
    order by s.no limit 1)
$$;

-- Notes what p_owner's attempt came to; with the end of the send its event, and the chat's next send: claimed for p_owner, if p_more.
create function note_send(
  p_tenant text, p_id text, p_owner text, p_state text, p_message_ids text[], p_failure jsonb, p_error text, p_delay_ms integer, p_more boolean, p_at timestamptz
) returns setof sends language plpgsql as $$
declare
  v sends;
begin
  select * into v from sends s where s.tenant = p_tenant and s.id = p_id;
  if not found then return; end if;
  perform 1 from conversations where tenant = p_tenant and id = v.conversation_id for no key update;
  update sends s set state = p_state, message_ids = p_message_ids, failure = p_failure, owner = null, claimed_at = null,
    last_error = coalesce(p_error, s.last_error),
    next_attempt_at = case when p_state = 'queued' then now() + make_interval(secs => p_delay_ms / 1000.0) end,
    ended_at = case when p_state <> 'queued' then p_at end
  where s.tenant = p_tenant and s.id = p_id and s.owner = p_owner and s.state = 'queued';
  if not found or p_state = 'queued' then return; end if;

  if not v.notice then
    insert into events (tenant, name, conversation_id, channel, chat_id, message_id, sender, content, failure)
    select c.tenant, case when p_state = 'sent' then 'message.sent' else 'message.failed' end, c.id, v.channel, v.chat_id, v.id, c.agent_id,
      case when p_state = 'sent' then v.text else '' end, p_failure
    from conversations c where c.tenant = p_tenant and c.id = v.conversation_id;
  end if;

  if not p_more then
    perform promote_send(p_tenant, v.channel, v.chat_id);
    return;
  end if;
  return query
    update sends n set owner = p_owner, claimed_at = now(), attempts = n.attempts + 1, next_attempt_at = now()
    where n.tenant = p_tenant and n.owner is null and n.id = (
      select s.id from sends s where s.tenant = p_tenant and s.channel = v.channel and s.chat_id = v.chat_id and s.state = 'queued'
      order by s.no limit 1)
    returning n.*;
end $$;

-- complete_turn for a turn whose answer goes to a chat: its send is written with it.
create function complete_channel_turn(
  p_channel text, p_chat text, p_draft text,
  p_tenant text, p_conversation text, p_turn text, p_owner text,
  p_content text, p_model text, p_input integer, p_output integer, p_estimated boolean,
  p_latency integer, p_skills text[], p_interrupted boolean
) returns integer language plpgsql as $$
declare
  remaining integer;
begin
  -- An answer without a text is told of here: nothing will go out.
  if btrim(p_content) <> '' then perform set_config('openclaw.goes_out', 'on', true); end if;
  remaining := complete_turn(p_tenant, p_conversation, p_turn, p_owner, p_content, p_model, p_input, p_output, p_estimated,
    p_latency, p_skills, p_interrupted);
  if remaining is not null and btrim(p_content) <> '' then
    perform queue_send(p_tenant, p_turn, p_channel, p_chat, p_conversation, p_content, false, p_draft, null);
  end if;
  return remaining;
end $$;

-- fail_turn, with a notice to the chat.
create function fail_channel_turn(
  p_notice_id text, p_channel text, p_chat text, p_text text, p_draft text,
  p_tenant text, p_conversation text, p_turn text, p_owner text, p_failure jsonb
) returns integer language plpgsql as $$
declare
  remaining integer;
begin
  remaining := fail_turn(p_tenant, p_conversation, p_turn, p_owner, p_failure);
  if remaining is not null then
    perform queue_send(p_tenant, p_notice_id, p_channel, p_chat, p_conversation, p_text, true, p_draft, null);
  end if;
  return remaining;
end $$;
`;
