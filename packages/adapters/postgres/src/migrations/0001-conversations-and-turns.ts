/**
 * The turn's tables, and the functions through which turns move on. Functions, because each move is several statements that must see what the
 * one before it waited for: inside a function every statement has a fresh snapshot, and all of it is one round trip.
 *
 * The conversation's row is the lock: every function takes it first, so that moves of one conversation happen one by one and never deadlock.
 */
export const conversationsAndTurns = `
create table conversations (
  tenant text not null,
  id text not null,
  channel text not null,
  label text,
  agent_id text not null,
  model text,
  summary text not null,
  -- To the millisecond, so that a cursor that went through JSON still finds its place.
  created_at timestamptz not null default date_trunc('milliseconds', now()),
  last_message_at timestamptz not null default date_trunc('milliseconds', now()),
  message_count integer not null default 0,
  -- The number of the newest turn.
  last_turn integer not null default 0,
  -- How many turns are queued or running. In no index, nor is anything else that a turn changes: so its updates stay within the
  -- row's page and touch no index (HOT).
  active_turns integer not null default 0
) with (fillfactor = 80);

create index conversations_newest on conversations (tenant, created_at desc, id desc);
create index conversations_of_channel on conversations (tenant, channel, created_at desc, id desc);
-- Last, because of equally cheap plans the planner takes the newest index's, and in an empty table all are equally cheap: a plan that
-- is kept from then on would look for one conversation among all of its tenant's.
alter table conversations add primary key (tenant, id);

create table messages (
  tenant text not null,
  conversation_id text not null,
  turn_no integer not null,
  -- 0: the user's message; 1: the answer.
  step smallint not null,
  id text not null,
  role text not null,
  content text not null,
  created_at timestamptz not null default date_trunc('milliseconds', now()),
  metadata jsonb,
  model text,
  input_tokens integer,
  output_tokens integer,
  tokens_estimated boolean,
  latency_ms integer,
  skills_used text[],
  interrupted boolean,
  primary key (tenant, conversation_id, turn_no, step)
);

-- Only answers are looked for by their id: it is their turn's.
create unique index messages_id on messages (tenant, id) where role = 'assistant';

-- Turns that have not ended, and those that failed. An answered turn is its answer's row in messages.
create table turns (
  tenant text not null,
  id text not null,
  conversation_id text not null,
  no integer not null,
  request jsonb not null,
  accepted_at timestamptz not null default now(),
  durable boolean not null,
  -- The replica that runs it or holds it in its queue.
  owner text,
  owned_at timestamptz not null default now(),
  attempt integer not null,
  failed_at timestamptz,
  failure jsonb,
  primary key (tenant, id)
);

create index turns_unfinished on turns (tenant, conversation_id, no) where failed_at is null;
create index turns_failed on turns (failed_at) where failed_at is not null;

create table replicas (
  id text primary key,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

create function begin_turn(
  p_tenant text, p_conversation text, p_channel text, p_agent text, p_label text, p_summary text,
  p_turn text, p_message text, p_content text, p_metadata jsonb, p_request jsonb,
  p_owner text, p_durable boolean, p_history integer, p_history_bytes integer,
  out no integer, out agent_id text, out model text, out ready boolean, out history json
) language plpgsql as $$
declare
  active integer;
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
  returning c.last_turn, c.agent_id, c.model, c.active_turns into no, agent_id, model, active;
  ready := active = 1;

  insert into messages (tenant, conversation_id, turn_no, step, id, role, content, metadata)
  values (p_tenant, p_conversation, no, 0, p_message, 'user', p_content, p_metadata);

  insert into turns (tenant, id, conversation_id, no, request, durable, owner, attempt)
  values (p_tenant, p_turn, p_conversation, no, p_request, p_durable, p_owner, case when p_owner is null then 0 else 1 end);

  if ready and not p_durable and no > 1 then
    history := turn_history(p_tenant, p_conversation, no, p_history, p_history_bytes);
  end if;
end $$;

create function turn_history(p_tenant text, p_conversation text, p_no integer, p_limit integer, p_bytes integer) returns json
language sql stable as $$
  select coalesce(json_agg(json_build_array(role, content) order by turn_no, step), '[]')
  from (
    select *, sum(octet_length(content)) over (order by turn_no desc, step desc) as bytes
    from (
      select role, content, turn_no, step from messages
      where tenant = p_tenant and conversation_id = p_conversation and turn_no < p_no
      order by turn_no desc, step desc
      limit p_limit
    ) newest
  ) measured
  where bytes <= p_bytes
$$;

-- Returns how many turns of the conversation are left; null when the conversation or the caller's hold on the turn is gone.
create function complete_turn(
  p_tenant text, p_conversation text, p_turn text, p_owner text,
  p_content text, p_model text, p_input integer, p_output integer, p_estimated boolean,
  p_latency integer, p_skills text[], p_interrupted boolean
) returns integer language plpgsql as $$
declare
  turn_no integer;
  remaining integer;
begin
  update conversations set active_turns = active_turns - 1, message_count = message_count + 1,
    last_message_at = date_trunc('milliseconds', now())
  where tenant = p_tenant and id = p_conversation
  returning active_turns into remaining;
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
    model, input_tokens, output_tokens, tokens_estimated, latency_ms, skills_used, interrupted)
  values (p_tenant, p_conversation, turn_no, 1, p_turn, 'assistant', p_content,
    p_model, p_input, p_output, p_estimated, p_latency, p_skills, p_interrupted);

  if remaining > 0 then perform pg_notify('openclaw_turns', json_build_array(p_tenant, p_conversation)::text); end if;
  return remaining;
end $$;

-- Returns how many turns of the conversation are left; null when the turn is not p_owner's any more.
create function fail_turn(p_tenant text, p_conversation text, p_turn text, p_owner text, p_failure jsonb)
returns integer language plpgsql as $$
declare
  remaining integer;
begin
  perform 1 from conversations where tenant = p_tenant and id = p_conversation for no key update;
  update turns set failed_at = now(), failure = p_failure
  where tenant = p_tenant and conversation_id = p_conversation and id = p_turn and owner = p_owner and failed_at is null;
  if not found then return null; end if;

  update conversations set active_turns = active_turns - 1
  where tenant = p_tenant and id = p_conversation
  returning active_turns into remaining;
  if remaining > 0 then perform pg_notify('openclaw_turns', json_build_array(p_tenant, p_conversation)::text); end if;
  return remaining;
end $$;
`;
