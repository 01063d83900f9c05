import type { MemoryFilter } from '@openclaw/core';
import type { Statement } from '../../database.js';
import { filterClause } from '../statements.js';

/** Entries that are queued at once when another model is used. */
const FILLED = 20_000;
/** What has no index of its own (agent, tags, type) is looked for among so many of the newest. */
const LOOKED_THROUGH = 100_000;

export const ACTIVE = `select id from memory_embedding_models where active and provider = $1 and model = $2 and dimensions = $3`;

export const ANY_ACTIVE = 'select 1 from memory_embedding_models where active';

/** Waits for whoever is indexing: they have all seen the model that was active before, and whoever begins now sees the new one. */
export const LOCK_MODELS = 'lock table memory_embedding_models in access exclusive mode';

export const DEACTIVATE = 'update memory_embedding_models set active = false where active';

export const EMPTY_QUEUE = 'delete from memory_unembedded';

export const ACTIVATE = `insert into memory_embedding_models (provider, model, dimensions, active) values ($1, $2, $3, true)
  on conflict (provider, model, dimensions) do update set active = true, queued = false, queued_tenant = '', queued_no = 0
  returning id`;

export const ANY_WAITING = `select exists (select from memory_unembedded) or exists (select from memory_embedding_models where active and not queued)
  as yes`;

/** Queues the next entries that have no vector of model $1; no row where all are. Each is looked up: a join would read all vectors. */
export const FILL = `with model as (
    select queued_tenant, queued_no from memory_embedding_models where id = $1 and active and not queued for update
  ), batch as (
    select i.tenant, i.no from memory_index i
    where (i.tenant, i.no) > (select queued_tenant, queued_no from model)
    order by i.tenant, i.no limit ${FILLED}
  ), filled as (
    insert into memory_unembedded (no, tenant)
    select b.no, b.tenant from batch b
    where not coalesce((select v.model = $1 from memory_vectors v where v.tenant = b.tenant and v.no = b.no), false)
    on conflict do nothing
  ), last as (select tenant, no from batch order by tenant desc, no desc limit 1)
  update memory_embedding_models m set queued = last.no is null, queued_tenant = coalesce(last.tenant, m.queued_tenant),
    queued_no = coalesce(last.no, m.queued_no)
  from model left join last on true where m.id = $1
  returning m.queued`;

export const WAITING = `select u.tenant, u.no::text from memory_unembedded u
  where exists (select from memory_embedding_models where id = $1 and active) order by u.no desc limit $2`;

/** Keeps it the active one to the end of the transaction. */
export const HOLD_MODEL = 'select length from memory_embedding_models where id = $1 and active for share';

export const SET_LENGTH = 'update memory_embedding_models set length = $2 where id = $1 and length is null';

export const LENGTH = 'select length from memory_embedding_models where id = $1';

/**
 * Who forgets an entry holds its index row locked; such rows are passed over, so that neither ever waits for the other. `halfvec`: with the
 * vectors ($5) in pgvector's own form as well.
 */
export function storeStatement(halfvec: boolean): string {
  const [given, columns, values, renewed] = halfvec
    ? [', $5::text[]', ', embedding', ', g.embedding::halfvec', ', embedding = excluded.embedding']
    : ['', '', '', ''];
  return `with given as (
      select * from unnest($2::text[], $3::bigint[], $4::bytea[]${given}) as d (tenant, no, vector${columns})
    ), there as (
      select i.tenant, i.no from memory_index i join given g on g.tenant = i.tenant and g.no = i.no for key share of i skip locked
    ), stored as (
      insert into memory_vectors (tenant, no, model, vector${columns})
      select g.tenant, g.no, $1, g.vector${values} from given g join there t on t.tenant = g.tenant and t.no = g.no
      on conflict (tenant, no) do update set model = excluded.model, vector = excluded.vector${renewed}
      returning tenant, no
    )
    delete from memory_unembedded u using given g where u.tenant = g.tenant and u.no = g.no
      and (exists (select from stored s where s.tenant = g.tenant and s.no = g.no)
        or not exists (select from memory_index i where i.tenant = g.tenant and i.no = g.no))`;
}

/** Entries within the filter that have a vector of model $2, at most $3. `offset 0`: a join would read all vectors of the tenant. */
export function scopeStatement(tenant: string, model: number, filter: MemoryFilter, limit: number) {
  const { clause, values } = filterClause(filter, 4);
  if (clause === '')
    return {
      text: `select no::text from memory_vectors where tenant = $1 and model = $2 and vector is not null limit $3`,
      values: [tenant, model, limit],
    };
  const { userId, conversationId, since, until } = filter;
  const narrow = [userId, conversationId, since, until].some((one) => one !== undefined);
  const entries = narrow
    ? 'memory_index'
    : `(select * from memory_index where tenant = $1 order by no desc limit ${LOOKED_THROUGH})`;
  return {
    text: `select i.no::text from ${entries} i where i.tenant = $1${clause}
        and exists (select from memory_vectors v where v.tenant = i.tenant and v.no = i.no and v.model = $2 and v.vector is not null offset 0)
      limit $3`,
    values: [tenant, model, limit, ...values],
  };
}

/** Those of the entries that are within the filter. */
export function withinStatement(tenant: string, nos: string[], filter: MemoryFilter) {
  const { clause, values } = filterClause(filter, 3);
  return {
    text: `select i.no::text from memory_index i where i.tenant = $1 and i.no = any($2::bigint[])${clause}`,
    values: [tenant, nos, ...values],
  };
}

/** The driver knows bytes in hexadecimal only: in base64 they are a third less to send, and twice as fast to read. */
export const PACKED: Statement = {
  name: 'memory_vectors_packed',
  text: `select no::text, encode(vector, 'base64') as vector from memory_vectors
    where tenant = $1 and model = $2 and no = any($3::bigint[]) and vector is not null`,
};

export const PROGRESS = `select a.model, coalesce(t.entries, 0)::float8 as entries, w.waiting
  from memory_embedding_models a
  left join memory_totals t on t.tenant = $1
  cross join (select count(*)::float8 as waiting from memory_unembedded where tenant = $1) w
  where a.active`;
