/** Chat platforms: who holds which connection and how it is, which messages have been heard, and which strangers may write. */
export const channels = `
create table channel_links (
  channel text primary key,
  tenant text not null,
  holder text,
  lease_until timestamptz not null,
  status text not null,
  connected_since timestamptz,
  last_error text
);

-- The platforms' own names of what they delivered; known for some days.
create table channel_updates (
  tenant text not null,
  channel text not null,
  update_id text not null,
  received_at timestamptz not null default now(),
  primary key (tenant, channel, update_id)
);
create index channel_updates_age on channel_updates (received_at);

create table channel_pairings (
  tenant text not null,
  channel text not null,
  user_id text not null,
  user_name text not null,
  code text,
  created_at timestamptz not null default now(),
  told_at timestamptz not null default now(),
  expires_at timestamptz,
  approved_at timestamptz,
  primary key (tenant, channel, user_id)
);
create index channel_pairings_code on channel_pairings (tenant, channel, code) where code is not null;

-- Renews and takes leases, in the order of their names so that replicas don't deadlock; returns those that p_holder has.
create function hold_channels(p_holder text, p_channels text[], p_tenants text[], p_lease interval) returns setof text
language plpgsql as $$
declare
  place record;
  v channel_links;
begin
  for place in select * from unnest(p_channels, p_tenants) as p (channel, tenant) order by p.channel loop
    insert into channel_links (channel, tenant, holder, lease_until, status)
    values (place.channel, place.tenant, p_holder, clock_timestamp() + p_lease, 'connecting')
    on conflict (channel) do nothing;
    if found then
      return next place.channel;
      continue;
    end if;
    select * into v from channel_links l where l.channel = place.channel for update;
    if v.holder = p_holder then
      update channel_links l set lease_until = clock_timestamp() + p_lease, tenant = place.tenant where l.channel = place.channel;
      return next place.channel;
    elsif v.holder is null or v.lease_until < clock_timestamp() then
      if v.status = 'connected' then
        insert into events (tenant, name, channel, reason)
        values (v.tenant, 'channel.disconnected', v.channel, 'the replica that held it is gone');
      end if;
      update channel_links l set holder = p_holder, lease_until = clock_timestamp() + p_lease, tenant = place.tenant,
        status = 'connecting', connected_since = null
      where l.channel = place.channel;
      return next place.channel;
    end if;
  end loop;
end $$;

-- Keeps the state of a channel that p_holder has, with an event when it became connected or ceased to be; returns whether it has it.
create function report_channel(p_channel text, p_holder text, p_status text, p_error text, p_release boolean) returns boolean
language plpgsql as $$
declare
  v channel_links;
begin
  select * into v from channel_links l where l.channel = p_channel and l.holder = p_holder for update;
  if not found then return false; end if;
  update channel_links l set status = p_status,
    connected_since = case when p_status = 'connected' then coalesce(v.connected_since, date_trunc('milliseconds', now())) end,
    last_error = case when p_status = 'connected' then null else coalesce(p_error, v.last_error) end,
    holder = case when not p_release then p_holder end
  where l.channel = p_channel;
  if (v.status = 'connected') <> (p_status = 'connected') then
    insert into events (tenant, name, channel, reason)
    values (v.tenant, case when p_status = 'connected' then 'channel.connected' else 'channel.disconnected' end, p_channel,
      case when p_status <> 'connected' then p_error end);
  end if;
  return true;
end $$;

-- begin_turn for a message from a chat: null and nothing else when the update was heard before.
create function receive_update(
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
  insert into conversations as c (tenant, id, channel, chat_id, agent_id, label, summary)
  values (p_tenant, p_conversation, p_conversation_channel, p_chat, p_agent, p_label, p_summary)
  on conflict (tenant, id) do update set chat_id = excluded.chat_id where c.chat_id is null;
  select b.no into v_no
  from begin_turn(p_tenant, p_conversation, p_conversation_channel, p_agent, p_label, p_summary, p_turn, p_message, p_content,
    p_metadata, p_request, p_owner, p_durable, p_history, p_history_bytes) b;
  return v_no;
end $$;

-- The code to tell a stranger: a new one, or the one that is valid still. Null when they were told a moment ago, or too many are open.
create function ask_pairing(
  p_tenant text, p_channel text, p_user text, p_name text, p_code text, p_lifetime interval, p_repeat interval, p_open integer
) returns text language plpgsql as $$
declare
  v channel_pairings;
begin
  select * into v from channel_pairings p where p.tenant = p_tenant and p.channel = p_channel and p.user_id = p_user for update;
  if v.approved_at is not null then return null; end if;
  if v.expires_at > now() then
    if v.told_at > now() - p_repeat then return null; end if;
    update channel_pairings p set told_at = now() where p.tenant = p_tenant and p.channel = p_channel and p.user_id = p_user;
    return v.code;
  end if;
  if (select count(*) from channel_pairings p where p.tenant = p_tenant and p.channel = p_channel and p.code is not null and p.expires_at > now()) >= p_open
  then return null; end if;
  insert into channel_pairings as p (tenant, channel, user_id, user_name, code, expires_at)
  values (p_tenant, p_channel, p_user, p_name, p_code, now() + p_lifetime)
  on conflict (tenant, channel, user_id) do update set
    user_name = excluded.user_name, code = excluded.code, expires_at = excluded.expires_at, created_at = now(), told_at = now()
  where p.approved_at is null and p.expires_at <= now();
  return case when found then p_code end;
end $$;
`;
