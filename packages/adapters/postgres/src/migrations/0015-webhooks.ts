/**
 * Outgoing webhooks: endpoints, what is to be delivered to them, and the functions through which deliveries move on. Why there are lanes, and
 * what `webhook_cursor` is, stands in docs/adr/0012-webhooks.md.
 *
 * Locks are taken in one order everywhere: lanes by their key, then deliveries by theirs, then endpoints by theirs.
 */
export const webhooks = `
create table webhook_endpoints (
  tenant text not null,
  id text not null,
  source text not null,
  url text not null,
  events text[] not null,
  max_attempts integer not null,
  backoff_ms integer not null,
  secret text not null,
  previous_secret text,
  previous_secret_until timestamptz,
  created_at timestamptz not null default date_trunc('milliseconds', now()),
  updated_at timestamptz not null default date_trunc('milliseconds', now()),
  -- Gets what happens from then on; null while it is disabled.
  active_since timestamptz,
  disabled_at timestamptz,
  disabled_reason text,
  failing_since timestamptz,
  primary key (tenant, id)
);

create table webhook_events (
  tenant text not null,
  id text not null,
  name text not null,
  at timestamptz not null,
  conversation_id text,
  channel text not null,
  chat_id text,
  message_id text,
  sender text,
  sender_name text,
  content text,
  failure jsonb,
  reason text,
  primary key (tenant, id)
);

create index webhook_events_of_conversation on webhook_events (tenant, conversation_id);

create table webhook_deliveries (
  tenant text not null,
  event_id text not null,
  endpoint_id text not null,
  lane text not null,
  -- The event's: within a conversation the order in which it happened.
  no bigint not null,
  name text not null,
  state text not null default 'pending',
  -- Attempts since it was made or put back.
  tries integer not null default 0,
  attempts jsonb not null default '[]',
  created_at timestamptz not null default date_trunc('milliseconds', now()),
  ended_at timestamptz
);

create index webhook_deliveries_pending on webhook_deliveries (tenant, lane, no) where state = 'pending';
create index webhook_deliveries_listed on webhook_deliveries (tenant, endpoint_id, state, no, event_id);
create index webhook_deliveries_ended on webhook_deliveries (state, ended_at) where state <> 'pending';
-- Keys last: of plans that look equally cheap, as all do on small tables, the planner takes the newest index's.
alter table webhook_deliveries add primary key (tenant, event_id, endpoint_id);

-- What is pending for one endpoint, of one conversation: a lane's name is made of both, so that it is found by its name and by no index that
-- holds all of an endpoint's. Whoever adds a delivery to a lane locks it, whoever takes the lane away looks
-- under its lock whether there is none.
create table webhook_lanes (
  tenant text not null,
  endpoint_id text not null,
  lane text not null,
  -- When it may be claimed; while it is claimed, when the claim runs out.
  next_at timestamptz not null,
  claim text
) with (fillfactor = 70);

create index webhook_lanes_due on webhook_lanes (tenant, endpoint_id, next_at);
alter table webhook_lanes add primary key (tenant, lane);

-- Everything that 'seen' could see has been passed on, and of what 'up_to' can see what comes up to number 'no'.
create table webhook_cursor (
  singleton boolean primary key default true check (singleton),
  seen pg_snapshot not null,
  up_to pg_snapshot,
  no bigint not null default 0,
  moved_at timestamptz not null default now()
) with (fillfactor = 50);
insert into webhook_cursor (seen) values (pg_current_snapshot());

-- For the texts of a deleted conversation: an event has the time of its message. As good as free to keep.
create index events_age on events using brin (at) with (pages_per_range = 16, autosummarize = on);

create function event_id(p_xid xid8, p_no bigint, p_at timestamptz) returns text language sql stable as $$
  select lpad(to_hex((extract(epoch from p_at) * 1000)::bigint), 12, '0') || left(md5(p_xid::text || ' ' || p_no::text), 20)
$$;

-- What is lost with a crash of the server is done again, and the receivers' duplicate is what they were told to expect: no need to wait for
-- the disk. The place, the deliveries and the claims are lost together or not at all.
create function webhooks_need_not_wait() returns void language sql as $$
  select set_config('synchronous_commit', 'off', true) where current_setting('synchronous_commit') = 'on'
$$;

-- Passes on up to p_limit events; 'idle' when nobody subscribes to anything.
create function fan_out_events(p_limit integer, out deliveries integer, out more boolean, out idle boolean) language plpgsql
-- What comes behind a place in the log is found by the key, however much the planner takes it to be.
set enable_seqscan = off as $$
declare
  place webhook_cursor;
  until pg_snapshot;
  since timestamptz;
  last_no bigint;
  found_events integer;
begin
  deliveries := 0;
  more := false;
  idle := false;
  -- Without a lock first: a look that finds nothing is to write nothing. By the events' numbers, never by their times: hence the sums.
  select * into place from webhook_cursor;
  select min(active_since) into since from webhook_endpoints where active_since is not null;
  idle := since is null;
  if place.up_to is null and place.moved_at > now() - interval '10 seconds' and (idle or not exists (
    select from events where xid >= pg_snapshot_xmin(place.seen) and not pg_visible_in_snapshot(xid, place.seen) and at + interval '0' >= since
  )) then return; end if;

  select * into place from webhook_cursor for update skip locked;
  if not found then return; end if;
  perform webhooks_need_not_wait();
  -- The numbers are those of another server: the database was copied. What they say of its events is void.
  if pg_snapshot_xmax(place.seen) > pg_snapshot_xmax(pg_current_snapshot()) then
    delete from events where xid >= pg_snapshot_xmax(pg_current_snapshot());
    update webhook_cursor set seen = pg_current_snapshot(), up_to = null, no = 0, moved_at = now();
    return;
  end if;
  -- Taken under the lock, and before the endpoints are read: who made an endpoint before an event that this can see is seen there.
  until := coalesce(place.up_to, pg_current_snapshot());
  select min(active_since) into since from webhook_endpoints where active_since is not null;

  with page as materialized (
    select * from events
    where xid >= pg_snapshot_xmin(place.seen) and not pg_visible_in_snapshot(xid, place.seen)
      and pg_visible_in_snapshot(xid, until) and no > place.no and at + interval '0' >= since
    order by no limit p_limit
  ), wanted as materialized (
    select page.*, event_id(page.xid, page.no, page.at) as event_id, e.id as endpoint_id,
      e.id || ' ' || coalesce(page.conversation_id, '#' || page.channel) as lane
    from page join webhook_endpoints e on e.tenant = page.tenant and page.name = any(e.events) and e.active_since <= page.at
  ), forgotten as (
    -- Whoever passed on an event just when its conversation was deleted may have seen its text.
    update webhook_events e set content = '', sender_name = null from page
    where page.name = 'conversation.deleted' and e.tenant = page.tenant and e.conversation_id = page.conversation_id
      and e.at <= page.at and e.content <> ''
  ), kept as (
    insert into webhook_events (tenant, id, name, at, conversation_id, channel, chat_id, message_id, sender, sender_name, content,
      failure, reason)
    select distinct on (tenant, event_id) tenant, event_id, name, at, conversation_id, channel, chat_id, message_id, sender,
      sender_name, content, failure, reason
    from wanted order by tenant, event_id
    on conflict do nothing
  ), lanes as (
    insert into webhook_lanes as l (tenant, endpoint_id, lane, next_at)
    select tenant, endpoint_id, lane, now() from wanted group by 1, 2, 3 order by 1, 3
    on conflict (tenant, lane) do update set next_at = l.next_at
  ), made as (
    insert into webhook_deliveries (tenant, event_id, endpoint_id, lane, no, name)
    select tenant, event_id, endpoint_id, lane, no, name from wanted
    returning 1
  )
  select (select count(*) from page), (select max(no) from page), (select count(*) from made)
  into found_events, last_no, deliveries;

  more := found_events = p_limit;
  if more then update webhook_cursor set up_to = until, no = last_no, moved_at = now();
  else update webhook_cursor set seen = until, up_to = null, no = 0, moved_at = now();
  end if;
end $$;

-- Claims up to p_limit lanes that are due, from each endpoint at most as many as p_rooms says for it, else p_room.
create function claim_webhook_lanes(p_limit integer, p_room integer, p_endpoints text[], p_rooms integer[], p_claim text, p_claim_ms integer)
returns setof webhook_lanes language plpgsql set enable_seqscan = off as $$
begin
  perform webhooks_need_not_wait();
  return query with recursive waiting as (
    (select tenant, endpoint_id from webhook_lanes order by tenant, endpoint_id limit 1)
    union all
    select following.tenant, following.endpoint_id from waiting w cross join lateral (
      select l.tenant, l.endpoint_id from webhook_lanes l where (l.tenant, l.endpoint_id) > (w.tenant, w.endpoint_id)
      order by l.tenant, l.endpoint_id limit 1
    ) following
  ), rooms as materialized (
    select w.tenant, w.endpoint_id, coalesce(r.room, p_room) as room
    from waiting w
    join webhook_endpoints e on e.tenant = w.tenant and e.id = w.endpoint_id and e.active_since is not null
    left join unnest(p_endpoints, p_rooms) as r (endpoint_id, room) on r.endpoint_id = w.endpoint_id
  ), due as materialized (
    select l.tenant, l.endpoint_id, l.lane, row_number() over (partition by l.tenant, l.endpoint_id) as nth
    from rooms r cross join lateral (
      select tenant, endpoint_id, lane from webhook_lanes l
      where l.tenant = r.tenant and l.endpoint_id = r.endpoint_id and l.next_at <= clock_timestamp()
      order by l.next_at limit r.room for update skip locked
    ) l
  ), taken as (
    select * from due order by nth limit p_limit
  )
  update webhook_lanes l set claim = p_claim, next_at = clock_timestamp() + make_interval(secs => p_claim_ms / 1000.0)
  from taken t where l.tenant = t.tenant and l.lane = t.lane
  returning l.*;
end $$;

-- Writes down how attempts ended, and gives lanes back. p_results: [tenant, event, endpoint, lane, outcome, attempt, gone]; p_releases:
-- [tenant, lane, claim, pause in ms]. Returns the endpoints that it disabled.
create function settle_webhooks(p_results jsonb, p_releases jsonb, p_failing_ms double precision, out due boolean, out disabled jsonb)
language plpgsql set enable_seqscan = off as $$
begin
  perform webhooks_need_not_wait();
  perform 1 from webhook_lanes l
  join (
    select v ->> 0, v ->> 3 from jsonb_array_elements(p_results) v
    union select v ->> 0, v ->> 1 from jsonb_array_elements(p_releases) v
  ) as k (tenant, lane) using (tenant, lane)
  order by l.tenant, l.lane for update of l;

  perform 1 from webhook_deliveries d
  join (select v ->> 0, v ->> 1, v ->> 2 from jsonb_array_elements(p_results) v) as k (tenant, event_id, endpoint_id)
    using (tenant, event_id, endpoint_id)
  order by d.tenant, d.event_id, d.endpoint_id for update of d;

  update webhook_deliveries d set
    state = case r.outcome when 'retry' then 'pending' else r.outcome end,
    ended_at = case when r.outcome <> 'retry' then now() end,
    tries = d.tries + 1,
    attempts = (case when jsonb_array_length(d.attempts) >= 50 then d.attempts - 0 else d.attempts end) || r.attempt
  from (
    select v ->> 0, v ->> 1, v ->> 2, v ->> 4, v -> 5 from jsonb_array_elements(p_results) v
  ) as r (tenant, event_id, endpoint_id, outcome, attempt)
  where d.tenant = r.tenant and d.event_id = r.event_id and d.endpoint_id = r.endpoint_id and d.state = 'pending';

  delete from webhook_lanes l using jsonb_array_elements(p_releases) v
  where l.tenant = v ->> 0 and l.lane = v ->> 1 and l.claim = v ->> 2 and not exists (
    select from webhook_deliveries d where d.tenant = l.tenant and d.lane = l.lane and d.state = 'pending');

  with given as (
    update webhook_lanes l set claim = null, next_at = now() + make_interval(secs => (v ->> 3)::double precision / 1000)
    from jsonb_array_elements(p_releases) v
    where l.tenant = v ->> 0 and l.lane = v ->> 1 and l.claim = v ->> 2
    returning l.next_at <= now() as at_once
  )
  select coalesce(bool_or(at_once), false) from given into due;

  with called as materialized (
    select v ->> 0 as tenant, v ->> 2 as id, bool_or(v ->> 4 = 'delivered') as well, bool_or((v ->> 6)::boolean) as gone
    from jsonb_array_elements(p_results) v group by 1, 2
  ), touched as materialized (
    select e.tenant, e.id, c.well, c.gone from webhook_endpoints e join called c using (tenant, id)
    where c.gone or (e.failing_since is null) <> c.well or e.failing_since < now() - make_interval(secs => p_failing_ms / 1000)
    order by e.tenant, e.id for no key update of e
  ), changed as (
    update webhook_endpoints e set
      failing_since = case when t.well then null else coalesce(e.failing_since, now()) end,
      active_since = case when verdict.reason is null then e.active_since end,
      disabled_at = case when verdict.reason is null then e.disabled_at else date_trunc('milliseconds', now()) end,
      disabled_reason = coalesce(verdict.reason, e.disabled_reason)
    from touched t
    cross join lateral (
      select f.failing_since from webhook_endpoints f where f.tenant = t.tenant and f.id = t.id
    ) before
    cross join lateral (
      select case when t.gone then 'gone'
        when not t.well and before.failing_since < now() - make_interval(secs => p_failing_ms / 1000) then 'failing' end as reason
    ) verdict
    where e.tenant = t.tenant and e.id = t.id and e.active_since is not null
    returning e.tenant, e.id, verdict.reason
  )
  select coalesce(jsonb_agg(jsonb_build_array(tenant, id)), '[]') from changed where reason is not null into disabled;
end $$;

-- Puts deliveries that have ended back into their lanes. Returns how many.
create function redeliver_webhooks(p_tenant text, p_endpoint text, p_events text[]) returns integer language plpgsql set enable_seqscan = off as $$
declare
  put_back integer;
begin
  insert into webhook_lanes as l (tenant, endpoint_id, lane, next_at)
  select p_tenant, p_endpoint, lane, now() from webhook_deliveries
  where tenant = p_tenant and event_id = any(p_events) and endpoint_id = p_endpoint and state <> 'pending'
  group by lane order by lane
  on conflict (tenant, lane) do update set next_at = l.next_at;
  perform 1 from webhook_deliveries where tenant = p_tenant and event_id = any(p_events) and endpoint_id = p_endpoint
  order by event_id for update;
  update webhook_deliveries set state = 'pending', tries = 0, ended_at = null
  where tenant = p_tenant and event_id = any(p_events) and endpoint_id = p_endpoint and state <> 'pending';
  get diagnostics put_back = row_count;
  return put_back;
end $$;

-- Gives up what is pending for endpoints that are disabled or deleted, up to p_limit lanes; returns how many lanes.
create function give_up_webhooks(p_limit integer) returns integer language plpgsql set enable_seqscan = off as $$
declare
  tenants text[];
  names text[];
begin
  with recursive waiting as (
    (select tenant, endpoint_id from webhook_lanes order by tenant, endpoint_id limit 1)
    union all
    select following.tenant, following.endpoint_id from waiting w cross join lateral (
      select l.tenant, l.endpoint_id from webhook_lanes l where (l.tenant, l.endpoint_id) > (w.tenant, w.endpoint_id)
      order by l.tenant, l.endpoint_id limit 1
    ) following
  ), inactive as (
    select w.tenant, w.endpoint_id from waiting w where not exists (
      select from webhook_endpoints e where e.tenant = w.tenant and e.id = w.endpoint_id and e.active_since is not null)
  ), locked as materialized (
    select l.tenant, l.endpoint_id, l.lane from inactive i cross join lateral (
      select * from webhook_lanes l where l.tenant = i.tenant and l.endpoint_id = i.endpoint_id
      limit p_limit for update skip locked
    ) l limit p_limit
  )
  select array_agg(tenant), array_agg(lane) from locked into tenants, names;
  if tenants is null then return 0; end if;
  update webhook_deliveries d set state = 'dead', ended_at = now()
  from unnest(tenants, names) as g (tenant, lane)
  where d.tenant = g.tenant and d.lane = g.lane and d.state = 'pending';
  delete from webhook_lanes l using unnest(tenants, names) as g (tenant, lane) where l.tenant = g.tenant and l.lane = g.lane;
  return cardinality(tenants);
end $$;

-- Deletes deliveries, and events that none is left of: those that ended so before then, or, without a state, those of deleted endpoints.
create function forget_webhooks(p_state text, p_before timestamptz, p_limit integer) returns integer language plpgsql as $$
declare
  tenants text[];
  events text[];
begin
  if p_state is not null then
    with old as (
      select tenant, event_id, endpoint_id from webhook_deliveries where state = p_state and state <> 'pending' and ended_at < p_before
      order by ended_at limit p_limit for update skip locked
    ), gone as (
      delete from webhook_deliveries d using old o
      where d.tenant = o.tenant and d.event_id = o.event_id and d.endpoint_id = o.endpoint_id returning d.tenant, d.event_id
    )
    select array_agg(tenant), array_agg(event_id) from gone into tenants, events;
  else
    with recursive named as (
      (select tenant, endpoint_id from webhook_deliveries order by tenant, endpoint_id limit 1)
      union all
      select following.tenant, following.endpoint_id from named n cross join lateral (
        select d.tenant, d.endpoint_id from webhook_deliveries d where (d.tenant, d.endpoint_id) > (n.tenant, n.endpoint_id)
        order by d.tenant, d.endpoint_id limit 1
      ) following
    ), old as materialized (
      select d.tenant, d.event_id, d.endpoint_id
      from (select * from named n where not exists (select from webhook_endpoints e where e.tenant = n.tenant and e.id = n.endpoint_id)) n
      cross join lateral (
        select * from webhook_deliveries d where d.tenant = n.tenant and d.endpoint_id = n.endpoint_id
        limit p_limit for update skip locked
      ) d limit p_limit
    ), gone as (
      delete from webhook_deliveries d using old o
      where d.tenant = o.tenant and d.event_id = o.event_id and d.endpoint_id = o.endpoint_id returning d.tenant, d.event_id
    )
    select array_agg(tenant), array_agg(event_id) from gone into tenants, events;
  end if;
  if tenants is null then return 0; end if;
  delete from webhook_events e using (select distinct tenant, id from unnest(tenants, events) as g (tenant, id)) g
  where e.tenant = g.tenant and e.id = g.id
    and not exists (select from webhook_deliveries d where d.tenant = e.tenant and d.event_id = e.id);
  return cardinality(tenants);
end $$;

-- The texts of a conversation that is deleted, wherever events have taken them. Before it goes: its messages, and what was sent for it, say
-- when to look. (Sends have a table of their own from migration 18 on; their event is written when the platform has taken them.)
create function forget_texts() returns trigger language plpgsql as $$
begin
  update events e set content = '', sender_name = null
  from (
    select created_at as since, created_at as until from messages
    where tenant = old.tenant and conversation_id = old.id and created_at > now() - interval '25 hours'
    union
    select accepted_at, greatest(accepted_at, ended_at) + interval '5 minutes' from sends
    where tenant = old.tenant and conversation_id = old.id and greatest(accepted_at, ended_at) > now() - interval '25 hours'
  ) m
  where e.at between m.since and m.until and e.tenant = old.tenant and e.conversation_id = old.id and e.content <> '';
  -- What an endpoint answered may repeat what was said to it.
  perform 1 from webhook_deliveries d join webhook_events e on e.tenant = d.tenant and e.id = d.event_id
  where e.tenant = old.tenant and e.conversation_id = old.id
  order by d.tenant, d.event_id, d.endpoint_id for update of d;
  update webhook_deliveries d set attempts = (select coalesce(jsonb_agg(a - 'response'), '[]') from jsonb_array_elements(d.attempts) a)
  from webhook_events e
  where e.tenant = old.tenant and e.conversation_id = old.id and d.tenant = e.tenant and d.event_id = e.id
    and d.attempts <> '[]';
  update webhook_events set content = '', sender_name = null
  where tenant = old.tenant and conversation_id = old.id and content <> '';
  return old;
end $$;
create trigger texts_of_deleted before delete on conversations for each row execute function forget_texts();
`;
