/**
 * What is remembered. A message becomes an entry by a trigger, in its transaction, and costs it one small row: the text stays where it is, in
 * `messages`. The row in `memory_index`, by which the entry is found, is written a moment later. Deleting a conversation deletes its memory
 * by a trigger too, so that no path of the code can do the one without the other.
 *
 * `toks` are hashes of terms with the tenant in them: see core/memory/term-hash.ts.
 */
export const memory = `
create table memory_entries (
  tenant text not null,
  -- c:<conversation>, s:<session> or t:<tags>
  stream text not null,
  position integer not null,
  no bigint generated always as identity,
  kind text not null,
  created_at timestamptz not null,
  indexed boolean not null default false,
  -- Of notes; a message's are in messages.
  content text,
  tags text[],
  author text,
  user_id text,
  agent_id text,
  metadata jsonb,
  primary key (tenant, stream, position)
);
create index memory_entries_age on memory_entries (tenant, created_at);
create index memory_entries_pending on memory_entries (no) where not indexed;

create table memory_index (
  tenant text not null,
  no bigint not null,
  stream text not null,
  position integer not null,
  kind text not null,
  created_at timestamptz not null,
  -- The entry lies in a segment.
  compacted boolean not null default false,
  -- Of the analyser.
  version smallint not null,
  length integer not null,
  -- Of the text.
  bytes integer not null,
  conversation_id text,
  author text,
  user_id text,
  agent_id text,
  tags text[],
  toks int4[] not null,
  primary key (tenant, no)
) with (fillfactor = 90);
create unique index memory_index_place on memory_index (tenant, stream, position);
create index memory_index_age on memory_index (tenant, created_at);
create index memory_index_toks on memory_index using gin (toks) with (fastupdate = off);
-- Looked at once, when there is another analyser.
create index memory_index_version on memory_index (version);
alter table memory_index alter column toks set storage main;
alter table memory_index alter column toks set statistics 0;

create table memory_terms (
  tenant text not null,
  term integer not null,
  entries bigint not null,
  primary key (tenant, term)
) with (fillfactor = 80);

create table memory_segments (
  tenant text not null,
  stream text not null,
  -- Of the first place that it is for: a multiple of 16.
  position integer not null,
  first_no bigint not null,
  last_no bigint not null,
  since timestamptz not null,
  until timestamptz not null,
  entries integer not null,
  -- Of the texts.
  bytes integer not null,
  -- SHA-256 of the block before it was compressed.
  checksum bytea not null,
  block bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant, stream, position)
);
alter table memory_segments alter column block set storage external;

-- The next place in streams of notes.
create table memory_streams (
  tenant text not null,
  stream text not null,
  next integer not null,
  primary key (tenant, stream)
);

create table memory_totals (
  tenant text primary key,
  entries bigint not null default 0,
  length bigint not null default 0,
  wal_entries bigint not null default 0,
  wal_bytes bigint not null default 0,
  segments bigint not null default 0,
  segment_bytes bigint not null default 0,
  last_compaction timestamptz
) with (fillfactor = 70);

create function remember_message() returns trigger language plpgsql as $$
begin
  insert into memory_entries (tenant, stream, position, kind, created_at)
  values (new.tenant, 'c:' || new.conversation_id, (new.turn_no - 1) * 2 + new.step, 'message', new.created_at);
  return null;
end $$;
create trigger message_memory after insert on messages for each row when (new.content <> '') execute function remember_message();

-- Takes index rows away, of whole streams or by number, and what was counted of them; gives how many.
create function forget_index_rows(p_tenant text, p_streams text[], p_nos bigint[]) returns integer language plpgsql as $$
declare
  forgotten integer;
begin
  with gone as (
    delete from memory_index i where i.tenant = p_tenant and i.no = any(coalesce(p_nos,
      array(select s.no from memory_index s where s.tenant = p_tenant and s.stream = any(p_streams))))
    returning i.toks, i.length, i.bytes, i.compacted
  ), fewer as (
    select t.term, count(*) as n from gone g cross join unnest(g.toks) as t (term) group by t.term
  ), locked as (
    select m.term, f.n from memory_terms m join fewer f on f.term = m.term where m.tenant = p_tenant order by m.term for update of m
  ), counted as (
    update memory_terms m set entries = m.entries - l.n from locked l where m.tenant = p_tenant and m.term = l.term returning 1
  ), sums as (
    select count(*) as n, coalesce(sum(length), 0) as length, count(*) filter (where not compacted) as wal,
      coalesce(sum(bytes) filter (where not compacted), 0) as wal_bytes, (select count(*) from counted) as terms
    from gone
  )
  update memory_totals t set entries = t.entries - s.n, length = t.length - s.length,
    wal_entries = t.wal_entries - s.wal, wal_bytes = t.wal_bytes - s.wal_bytes
  from sums s where t.tenant = p_tenant returning s.n into forgotten;
  return coalesce(forgotten, 0);
end $$;

create function forget_streams(p_tenant text, p_streams text[]) returns integer language plpgsql as $$
begin
  -- First the entries: who is just indexing or compacting them holds them locked, and what came of it is seen by what follows.
  delete from memory_entries e where e.tenant = p_tenant and e.stream = any(p_streams);
  with gone as (
    delete from memory_segments s where s.tenant = p_tenant and s.stream = any(p_streams) returning octet_length(s.block) as bytes
  ), sums as (select count(*) as n, coalesce(sum(bytes), 0) as bytes from gone)
  update memory_totals t set segments = t.segments - s.n, segment_bytes = t.segment_bytes - s.bytes
  from sums s where t.tenant = p_tenant and s.n > 0;
  delete from memory_streams s where s.tenant = p_tenant and s.stream = any(p_streams);
  return forget_index_rows(p_tenant, p_streams, null);
end $$;

create function forget_conversation() returns trigger language plpgsql as $$
begin
  perform forget_streams(old.tenant, array['c:' || old.id, 's:' || old.id]);
  return null;
end $$;
create trigger conversation_memory after delete on conversations for each row execute function forget_conversation();

insert into memory_entries (tenant, stream, position, kind, created_at)
select tenant, 'c:' || conversation_id, (turn_no - 1) * 2 + step, 'message', created_at from messages where content <> ''
order by created_at;
`;
