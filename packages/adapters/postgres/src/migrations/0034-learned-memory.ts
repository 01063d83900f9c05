/**
 * What is made of what was said: facts, and summaries of segments. Each is a note of its own in the stream `d:<conversation>`, which is never
 * put into segments, so that it can be taken away by SQL alone, in the transaction that takes away what it was made of.
 *
 * A fact that another one has taken the place of keeps its entry and loses its index row: it is not found. When the other one goes with its
 * conversation, the entry waits to be indexed again, and so the fact comes back.
 */
export const learnedMemory = `
-- How far each conversation was learned from.
create table memory_lessons (
  tenant text not null,
  conversation_id text not null,
  -- Names the conversation in jobs, which are kept for a while.
  no bigint generated always as identity unique,
  -- Every turn up to this one.
  learned integer not null,
  -- The one who has spoken so far; once several have, the conversation is shared for good.
  user_id text,
  shared boolean,
  primary key (tenant, conversation_id)
) with (fillfactor = 80);

create table memory_derived (
  tenant text not null,
  -- Of the entry.
  no bigint not null,
  -- d:<conversation>
  stream text not null,
  position integer not null,
  -- Places in c:<conversation>.
  sources integer[] not null,
  -- Of facts: u:<user> or c:<conversation>, and what they say in short.
  owner text,
  digest text,
  superseded_by bigint,
  primary key (tenant, no)
);
create index memory_derived_of_conversation on memory_derived (tenant, stream);
create unique index memory_derived_facts on memory_derived (tenant, owner, digest) where owner is not null and superseded_by is null;
create index memory_derived_superseded on memory_derived (tenant, superseded_by) where superseded_by is not null;

-- Null: none was wanted. wanted, or made.
alter table memory_segments add column summary text;
create index memory_segments_to_sum_up on memory_segments (tenant, stream, position) where summary = 'wanted';

-- Who learns for an owner, and who takes facts away from one, do so one after another.
create function lock_fact_owners(p_tenant text, p_owners text[]) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(o.owner, hashtext(p_tenant)))
  from (select distinct unnest(p_owners) as owner order by 1) o where o.owner is not null;
end $$;

-- Takes what was made of others out of the books, not the entries themselves; what a fact had taken the place of stands again,
-- unless another one of the same words does.
create function forget_derived(p_tenant text, p_nos bigint[]) returns void language plpgsql as $$
declare
  v record;
  successor bigint;
begin
  -- Nothing that comes back is in their way.
  update memory_derived d set digest = null where d.tenant = p_tenant and d.no = any(p_nos);
  for v in
    select d.no, d.stream, d.position, d.owner, d.digest, d.superseded_by from memory_derived d
    where d.tenant = p_tenant and d.superseded_by = any(p_nos) and not d.no = any(p_nos) order by d.no for update
  loop
    successor := v.superseded_by;
    while successor = any(p_nos) loop
      select d.superseded_by into successor from memory_derived d where d.tenant = p_tenant and d.no = successor;
    end loop;
    if successor is null then
      select d.no into successor from memory_derived d
      where d.tenant = p_tenant and d.owner = v.owner and d.digest = v.digest and d.superseded_by is null and not d.no = any(p_nos);
    end if;
    update memory_derived d set superseded_by = successor where d.tenant = p_tenant and d.no = v.no;
    if successor is null then
      update memory_entries e set indexed = false where e.tenant = p_tenant and e.stream = v.stream and e.position = v.position;
    end if;
  end loop;
  delete from memory_derived d where d.tenant = p_tenant and d.no = any(p_nos);
end $$;

-- As before, but counters last: who counts terms takes them first and the totals after them, and so does everybody else.
create or replace function forget_streams(p_tenant text, p_streams text[]) returns integer language plpgsql as $$
declare
  gone record;
  forgotten integer;
begin
  -- First the entries: who is just indexing or compacting them holds them locked, and what came of it is seen by what follows.
  delete from memory_entries e where e.tenant = p_tenant and e.stream = any(p_streams);
  with dropped as (
    delete from memory_segments s where s.tenant = p_tenant and s.stream = any(p_streams) returning octet_length(s.block) as bytes
  ) select count(*) as segments, coalesce(sum(bytes), 0) as bytes into gone from dropped;
  delete from memory_streams s where s.tenant = p_tenant and s.stream = any(p_streams);
  forgotten := forget_index_rows(p_tenant, p_streams, null);
  if gone.segments > 0 then
    update memory_totals t set segments = t.segments - gone.segments, segment_bytes = t.segment_bytes - gone.bytes where t.tenant = p_tenant;
  end if;
  return forgotten;
end $$;

-- In the order in which whoever indexes, learns or prunes takes these locks: messages' entries, segments, the lesson, the owners, what was
-- derived.
create or replace function forget_conversation() returns trigger language plpgsql as $$
declare
  nos bigint[];
begin
  delete from memory_entries e where e.tenant = old.tenant and e.stream in ('c:' || old.id, 's:' || old.id);
  perform 1 from memory_segments s where s.tenant = old.tenant and s.stream in ('c:' || old.id, 's:' || old.id)
  order by s.stream, s.position for update;
  delete from memory_lessons l where l.tenant = old.tenant and l.conversation_id = old.id;
  perform lock_fact_owners(old.tenant, array(select d.owner from memory_derived d where d.tenant = old.tenant and d.stream = 'd:' || old.id));
  nos := array(select d.no from memory_derived d where d.tenant = old.tenant and d.stream = 'd:' || old.id order by d.no for update);
  if cardinality(nos) > 0 then perform forget_derived(old.tenant, nos); end if;
  perform forget_streams(old.tenant, array['c:' || old.id, 's:' || old.id, 'd:' || old.id]);
  return null;
end $$;
`;
