import { hash } from 'node:crypto';
import type { MemoryFilter, Reach } from '@openclaw/core';
import type { Statement } from '../database.js';

/** `intarray`, where it is installed, has an operator of the same name that knows nothing of our index. */
export const CONTAINS = 'operator(pg_catalog.@>)';

const STREAM = 'substr(e.stream, 3)';

/**
 * The text of a message's entry, and what belongs to it. Looked up one by one (`limit 1` forbids a join of whole tables): the statements are
 * planned once per connection, perhaps when the tables are still small, and what looks cheap then stays.
 */
const messageOf = (place: 'e' | 'i', which = '') => `(
      select m.id, m.role, m.content, m.metadata from messages m where ${place}.kind = 'message'${which} and m.tenant = ${place}.tenant
        and m.conversation_id = substr(${place}.stream, 3) and m.turn_no = ${place}.position / 2 + 1 and m.step = ${place}.position % 2 limit 1) m`;
const OF_MESSAGE = `left join lateral ${messageOf('e')} on true
    left join lateral (
      select u.metadata from messages u where e.kind = 'message' and u.tenant = e.tenant
        and u.conversation_id = ${STREAM} and u.turn_no = e.position / 2 + 1 and u.step = 0 limit 1) u on true
    left join lateral (
      select c.agent_id from conversations c where e.kind = 'message' and c.tenant = e.tenant and c.id = ${STREAM} limit 1) c on true`;

/**
 * Index rows of tenant $1, each looked up by its number. To a table without statistics every index that begins with the tenant looks as good as
 * the key; only the key's gives the order that is asked for here.
 */
const numbered = (parameter: string) => `unnest(${parameter}::bigint[]) as given (no)
    cross join lateral (
      select * from memory_index where tenant = $1 and no between given.no and given.no order by no limit 1) i`;
const entryOf = (which = '') => `(
      select * from memory_entries where tenant = i.tenant and stream = i.stream and position between i.position and i.position
        and not i.compacted${which} order by position limit 1) e`;

const FACTS = `e.no::text, e.stream, e.position, e.kind, e.created_at, coalesce(e.content, m.content) as content, m.id as message_id, m.role,
    case when m.role = 'assistant' then c.agent_id else coalesce(e.author, m.metadata ->> 'user_name', m.metadata ->> 'user_id') end as author,
    coalesce(e.user_id, u.metadata ->> 'channel_user', u.metadata ->> 'user_id') as user_id, coalesce(e.agent_id, c.agent_id) as agent_id, e.tags, e.metadata`;

/**
 * Whether entries wait, of tenant $1 (null: of any). Asked in the order of an index: to a plain `exists` the planner gives a scan of the whole
 * table, hoping that it ends early.
 */
export const WAITING: Statement = {
  name: 'memory_waiting',
  text: `select (select no from memory_entries where not indexed and ($1::text is null or tenant = $1) order by no limit 1) is not null as yes`,
};

/** Whether there are index rows of an analyser before $1. */
export const OUTDATED: Statement = {
  name: 'memory_outdated',
  text: 'select exists (select from memory_index where version < $1) as yes',
};

const pending = (which: string, locking: string) => `with taken as (
    update memory_entries set indexed = true where ctid = any(array(
      select ctid from memory_entries where not indexed${which} order by no limit $1 for update${locking}
    )) returning *
  )
  select e.tenant, ${FACTS} from taken e ${OF_MESSAGE}
  order by e.no`;

/** Takes $1 entries to be indexed, in the caller's transaction. One that somebody else is at is left to them. */
export const PENDING: Statement = { name: 'memory_pending', text: pending('', ' skip locked') };

/** $1 how many, $2 of which tenant. Waits for who is at an entry: whoever searches next finds it, whoever has indexed it. */
export const PENDING_OF_TENANT: Statement = {
  name: 'memory_pending_of_tenant',
  text: pending(' and tenant = $2', ''),
};

export const ADD_INDEX_ROWS: Statement = {
  name: 'memory_index_add',
  text: `insert into memory_index (tenant, no, stream, position, kind, created_at, version, length, bytes, author, user_id, agent_id, tags,
      toks, packed)
    select tenant, no, stream, position, kind, created_at, version, length, bytes, author, user_id, agent_id, tags, toks, packed
    from json_to_recordset($1) as d (tenant text, no bigint, stream text, position integer, kind text, created_at timestamptz,
      version smallint, length integer, bytes integer, author text, user_id text, agent_id text, tags text[], toks int4[], packed bytea)`,
};

/** With the batch: the list is as long as the batch, and empty for whoever searches afterwards. */
export const TAKE_TERMS_IN: Statement = {
  name: 'memory_terms_take_in',
  text: `select gin_clean_pending_list('memory_index_toks')`,
};

/** In the order of the key, so that whoever counts at the same time takes the rows' locks in the same order. */
export const COUNT_TERMS: Statement = {
  name: 'memory_terms_add',
  text: `insert into memory_terms as t (tenant, term, entries)
    select * from unnest($1::text[], $2::int4[], $3::bigint[]) as d (tenant, term, entries) order by tenant, term
    on conflict (tenant, term) do update set entries = t.entries + excluded.entries`,
};

export const COUNT_ENTRIES: Statement = {
  name: 'memory_totals_add',
  text: `insert into memory_totals as t (tenant, entries, length, wal_entries, wal_bytes)
    select d.tenant, d.entries, d.length, d.entries, d.bytes
    from json_to_recordset($1) as d (tenant text, entries bigint, length bigint, bytes bigint) order by d.tenant
    on conflict (tenant) do update set entries = t.entries + excluded.entries, length = t.length + excluded.length,
      wal_entries = t.wal_entries + excluded.wal_entries, wal_bytes = t.wal_bytes + excluded.wal_bytes`,
};

/** Gives each stream its first free place; the row is the lock of who adds to it. */
export const TAKE_PLACES = `insert into memory_streams as s (tenant, stream, next)
  select $1, stream, many from unnest($2::text[], $3::integer[]) as d (stream, many) order by stream
  on conflict (tenant, stream) do update set next = s.next + excluded.next
  returning stream, next`;

export const ADD_NOTES = `insert into memory_entries (tenant, stream, position, kind, created_at, indexed, content, tags, author, user_id, agent_id, metadata)
  select $1, stream, position, 'note', created_at, true, content, tags, author, user_id, agent_id, metadata
  from json_to_recordset($2) as d (stream text, position integer, created_at timestamptz, content text, tags text[], author text,
    user_id text, agent_id text, metadata jsonb)
  returning no::text, stream, position`;

export const NOTES_OF_SESSION: Statement = {
  name: 'memory_notes_of_session',
  text: 'select 1 from memory_streams where tenant = $1 and stream = $2',
};

/** What is larger by itself is no longer young garbage to V8, whose old garbage costs more to collect than all the rest of a search. */
const PIECE = 32_768;

/** See the migration that makes it. The pack comes in pieces, a row each: the first has the rest of what is found as well. */
export const FIND: Statement = {
  name: 'memory_candidates',
  text: `select case when p.at = 0 then f.waiting end as waiting, case when p.at = 0 then f.entries end as entries,
      case when p.at = 0 then f.length end as length, case when p.at = 0 then f.frequencies end as frequencies,
      substr(f.pack, p.at + 1, ${PIECE}) as pack
    from memory_candidates($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) f
    cross join lateral generate_series(0, greatest(0, coalesce(octet_length(f.pack), 0) - 1), ${PIECE}) as p (at)
    order by p.at`,
};

export function findValues(tenant: string, terms: number[], filter: MemoryFilter, reach: Reach): unknown[] {
  const { type, since, until, tags = [], conversationId, agentId, userId } = filter;
  const kind = type === undefined ? null : type === 'long-term' ? 'note' : 'message';
  const compacted = kind === 'message' ? type === 'compacted' : null;
  const wanted = [since, until, tags.length > 0 ? tags : null, conversationId, agentId, userId];
  return [
    tenant,
    terms,
    reach.entries,
    reach.paired,
    reach.postings,
    reach.newest,
    kind,
    compacted,
    ...wanted.map((value) => value ?? null),
    reach.fresh,
  ];
}

/** Whose an entry is, its index row says, and where its message is: only notes have something to say in `memory_entries`. */
const entries = (
  from: string,
  which: string,
) => `select i.no::text, i.stream, i.position, i.kind, i.created_at, i.compacted,
      coalesce(e.content, m.content) as content, m.id as message_id, m.role, i.author, i.user_id, i.agent_id, i.tags, e.metadata
    from ${from}
    left join lateral ${entryOf(` and i.kind = 'note'`)} on true
    left join lateral ${messageOf('i', ' and not i.compacted')} on true
    where ${which}`;

/** Those of the entries $2 that pass the filter, whose values follow; without their texts where they lie in segments. */
export function readStatement(filter: MemoryFilter): Statement & { values: unknown[] } {
  const { clause, values } = filterClause(filter, 3);
  // There are few clauses, and to plan so many joins anew takes longer than to read: each is prepared under a name of its own.
  const name = `memory_read_${hash('md5', clause)}`;
  return { name, text: entries(numbered('$2'), `true${clause}`), values };
}

/** $3 entries after number $2. */
export const LIST: Statement = {
  name: 'memory_list',
  text: entries(
    '(select * from memory_index where tenant = $1 and no > $2 order by no limit $3) i',
    'true order by i.no',
  ),
};

/** Filters of index rows: a row's alias is i, the filter's values begin at $<first>. */
export function filterClause(filter: MemoryFilter, first: number): { clause: string; values: unknown[] } {
  const clauses: string[] = [];
  const values: unknown[] = [];
  const add = (make: (parameter: string) => string, value: unknown) => {
    clauses.push(make(`$${first + values.length}`));
    values.push(value);
  };
  if (filter.type === 'long-term') clauses.push(`i.kind = 'note'`);
  if (filter.type === 'wal') clauses.push(`i.kind = 'message' and not i.compacted`);
  if (filter.type === 'compacted') clauses.push(`i.kind = 'message' and i.compacted`);
  if (filter.since) add((at) => `i.created_at >= ${at}`, filter.since);
  if (filter.until) add((at) => `i.created_at <= ${at}`, filter.until);
  if (filter.tags && filter.tags.length > 0) add((tags) => `i.tags ${CONTAINS} ${tags}::text[]`, filter.tags);
  if (filter.conversationId !== undefined)
    add(
      // Not by its index: that has all of the stream.
      (streams) => `i.stream || '' = any(${streams}::text[])`,
      [`c:${filter.conversationId}`, `s:${filter.conversationId}`, `d:${filter.conversationId}`],
    );
  if (filter.agentId !== undefined) add((id) => `i.agent_id = ${id}`, filter.agentId);
  if (filter.userId !== undefined) add((id) => `i.user_id = ${id}`, filter.userId);
  return { clause: clauses.map((clause) => ` and ${clause}`).join(''), values };
}

export const READ_ENTRIES: Statement = {
  name: 'memory_read',
  text: `select ${FACTS} from ${numbered('$2')}
    cross join lateral ${entryOf()}
    ${OF_MESSAGE}`,
};

export const STATS: Statement = {
  name: 'memory_stats',
  text: `select coalesce(t.wal_entries, 0)::float8 + p.entries as wal_entries, coalesce(t.wal_bytes, 0)::float8 + p.bytes as wal_bytes,
      coalesce(t.segments, 0)::float8 as segments, coalesce(t.entries - t.wal_entries, 0)::float8 as segment_entries, coalesce(t.segment_bytes, 0)::float8 as segment_bytes, t.last_compaction,
      (select created_at from memory_entries where tenant = $1 order by created_at limit 1) as oldest
    from (
      select count(*)::float8 as entries, coalesce(sum(octet_length(m.content)), 0)::float8 as bytes
      from memory_entries e
      left join lateral ${messageOf('e')} on true
      where e.tenant = $1 and not e.indexed
    ) p left join memory_totals t on t.tenant = $1`,
};
export { FACTS, OF_MESSAGE };
