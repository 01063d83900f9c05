/**
 * Channels: what was heard last of each chat, and a notice where an answer has no text. Webhooks: endpoints whose dead deliveries are being
 * put back, of which there may be millions. Locks: the row in `webhook_redeliveries` before lanes, deliveries and endpoints.
 */
export const channelsAndRedelivery = `
alter table conversations
  -- The platform's name of the newest message that came from the chat. In no index: see active_turns.
  add column last_update text;

create or replace function receive_update(
  p_channel text, p_update text, p_chat text,
  p_tenant text, p_conversation text, p_conversation_channel text, p_agent text, p_label text, p_summary text,
  p_turn text, p_message text, p_content text, p_metadata jsonb, p_request jsonb,
  p_owner text, p_durable boolean, p_history integer, p_history_bytes integer
) returns integer language plpgsql as $$
declare
  v_no integer;
begin
  insert into channel_updates (tenant, channel, update_id) values (p_tenant, p_channel, p_update) on conflict do nothing;
  if not found then return null; end if;
  insert into conversations as c (tenant, id, channel, chat_id, agent_id, label, summary, last_update)
  values (p_tenant, p_conversation, p_conversation_channel, p_chat, p_agent, p_label, p_summary, p_update)
  on conflict (tenant, id) do update set chat_id = coalesce(c.chat_id, excluded.chat_id), last_update = excluded.last_update;
  select b.no into v_no
  from begin_turn(p_tenant, p_conversation, p_conversation_channel, p_agent, p_label, p_summary, p_turn, p_message, p_content,
    p_metadata, p_request, p_owner, p_durable, p_history, p_history_bytes) b;
  return v_no;
end $$;

-- complete_turn for a turn whose answer goes to a chat: what goes out, if anything does, is written with it. The one without p_text is that of
-- replicas that have not been updated yet.
create function complete_channel_turn(
  p_channel text, p_chat text, p_draft text, p_text text, p_notice boolean,
  p_tenant text, p_conversation text, p_turn text, p_owner text,
  p_content text, p_model text, p_input integer, p_output integer, p_estimated boolean,
  p_latency integer, p_skills text[], p_interrupted boolean
) returns integer language plpgsql as $$
declare
  remaining integer;
begin
  -- An answer that does not go out itself is told of here.
  if p_text is not null and not p_notice then perform set_config('openclaw.goes_out', 'on', true); end if;
  remaining := complete_turn(p_tenant, p_conversation, p_turn, p_owner, p_content, p_model, p_input, p_output, p_estimated,
    p_latency, p_skills, p_interrupted);
  if remaining is not null and p_text is not null then
    perform queue_send(p_tenant, p_turn, p_channel, p_chat, p_conversation, p_text, p_notice, p_draft, null);
  end if;
  return remaining;
end $$;

create table webhook_redeliveries (
  tenant text not null,
  endpoint_id text not null,
  -- Of the events.
  since timestamptz not null,
  -- Up to this number all is done.
  after_no bigint not null default -1,
  primary key (tenant, endpoint_id)
);

-- Puts back what is dead among the next p_limit of an endpoint, the oldest first. Of p_endpoint, or else of any that nobody is at;
-- 'more' is null when there is none.
create function put_back_webhooks(p_tenant text, p_endpoint text, p_limit integer, out put_back integer, out more boolean)
language plpgsql set enable_seqscan = off as $$
declare
  job webhook_redeliveries;
  last_no bigint;
  seen integer;
  wanted text[];
begin
  put_back := 0;
  if p_endpoint is null then
    select * into job from webhook_redeliveries order by tenant, endpoint_id limit 1 for update skip locked;
  else
    select * into job from webhook_redeliveries r where r.tenant = p_tenant and r.endpoint_id = p_endpoint for update;
  end if;
  if not found then return; end if;

  select max(d.no), count(*), array_agg(d.event_id) filter (where e.at >= job.since and d.name <> 'webhook.test')
  into last_no, seen, wanted
  from (
    select * from webhook_deliveries w
    where w.tenant = job.tenant and w.endpoint_id = job.endpoint_id and w.state = 'dead' and w.no > job.after_no
    order by w.no limit p_limit
  ) d join webhook_events e on e.tenant = d.tenant and e.id = d.event_id;

  if wanted is not null then put_back := redeliver_webhooks(job.tenant, job.endpoint_id, wanted); end if;
  more := seen = p_limit;
  if more then
    update webhook_redeliveries r set after_no = last_no where r.tenant = job.tenant and r.endpoint_id = job.endpoint_id;
  else
    delete from webhook_redeliveries r where r.tenant = job.tenant and r.endpoint_id = job.endpoint_id;
  end if;
end $$;
`;
