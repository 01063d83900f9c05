/**
 * Vectors of what is remembered, for those who have set `memory.embeddings`. Where none is set, the triggers cost a look into an empty table
 * for each batch of index rows, and nothing is ever written here.
 *
 * They hang on `memory_index`: whatever takes an entry out of it takes its vector with it, in that transaction, and whatever puts one in has it
 * wait for one, whichever way it came.
 */
export const memoryVectors = `
create table memory_embedding_models (
  id integer generated always as identity primary key,
  provider text not null,
  model text not null,
  -- As asked for; 0: as the model has it.
  dimensions integer not null,
  -- As its vectors turned out to be.
  length integer,
  active boolean not null default false,
  -- Whether what was there before it became the active one has been told to wait; if not, up to which entry.
  queued boolean not null default false,
  queued_tenant text not null default '',
  queued_no bigint not null default 0,
  unique (provider, model, dimensions)
);
create unique index memory_embedding_models_active on memory_embedding_models (active) where active;

-- What waits for a vector of the active model.
create table memory_unembedded (
  no bigint not null,
  tenant text not null,
  primary key (no, tenant)
);
create index memory_unembedded_tenant on memory_unembedded (tenant);

create table memory_vectors (
  tenant text not null,
  no bigint not null,
  model integer not null,
  -- See packed-vector.ts; null: none can be made of this entry.
  vector bytea,
  primary key (tenant, no)
);
create index memory_vectors_model on memory_vectors (tenant, model, no) where vector is not null;
-- Figures do not compress.
alter table memory_vectors alter column vector set storage external;

-- For the vectors within one user's scope; the words need none.
create index memory_index_user on memory_index (tenant, user_id) where user_id is not null;

create function queue_embedding() returns trigger language plpgsql as $$
begin
  if exists (select from memory_embedding_models where active) then
    insert into memory_unembedded (no, tenant) select no, tenant from added on conflict do nothing;
  end if;
  return null;
end $$;
create trigger memory_index_added after insert on memory_index referencing new table as added
  for each statement execute function queue_embedding();

-- By arrays: what is planned for a table of few rows would read all vectors.
create function forget_vectors() returns trigger language plpgsql as $$
declare
  one record;
begin
  for one in select tenant, array_agg(no) as nos from gone group by tenant loop
    delete from memory_vectors v where v.tenant = one.tenant and v.no = any(one.nos);
    delete from memory_unembedded u where u.tenant = one.tenant and u.no = any(one.nos);
  end loop;
  return null;
end $$;
create trigger memory_index_gone after delete on memory_index referencing old table as gone
  for each statement execute function forget_vectors();
`;
