/** Bits of those of the first eight asked terms that an entry has; a null is none. */
const MASK = `(${Array.from({ length: 8 }, (_, at) => `case when p_terms[asked[${at + 1}]] = any(i.toks) then ${1 << at} else 0 end`).join(' | ')})`;

const FILTERS = `texteq(i.tenant, p_tenant) and (not filtered or (
            (p_conversation is null or texteq(i.stream, streams[1]) or texteq(i.stream, streams[2]) or texteq(i.stream, streams[3]))
            and (p_kind is null or i.kind = p_kind) and (p_compacted is null or i.compacted = p_compacted)
            and (p_since is null or timestamptz_ge(i.created_at, p_since)) and (p_until is null or timestamptz_le(i.created_at, p_until))
            and (p_tags is null or i.tags operator(pg_catalog.@>) p_tags)
            and (p_agent is null or i.agent_id = p_agent) and (p_user is null or i.user_id = p_user)))`;

/**
 * A search in one round trip. `toks` also has numbers that say where an entry belongs (its conversation or session, its user, its tags, and
 * whether it is a note), so that a search within one of these is cut out by the index, before any row is fetched: see
 * docs/adr/0017-memory-search.md.
 */
export const memorySearch = `
create function memory_token(p_tenant text, p_kind text, p_value text) returns integer language sql immutable parallel safe as $$
  select ('x' || left(md5(p_tenant || E'\\x1f\\x1f' || p_kind || ' ' || p_value), 8))::bit(32)::integer
$$;

-- Where an entry belongs, as scopes.ts has it.
create function memory_scopes(p_tenant text, p_stream text, p_kind text, p_user text, p_tags text[]) returns integer[]
language sql immutable parallel safe as $$
  select case when left(p_stream, 2) in ('c:', 's:', 'd:') then array[memory_token(p_tenant, 'stream', substr(p_stream, 3))] else '{}' end
    || case when p_kind = 'note' then array[memory_token(p_tenant, 'kind', 'note')] else '{}' end
    || case when p_user is null then '{}' else array[memory_token(p_tenant, 'user', p_user)] end
    || array(select memory_token(p_tenant, 'tag', t.tag) from unnest(p_tags) as t (tag) group by t.tag)
$$;

update memory_index set toks = toks || memory_scopes(tenant, stream, kind, user_id, tags);
insert into memory_terms as t (tenant, term, entries)
select i.tenant, s.term, count(*)
from memory_index i cross join lateral unnest(memory_scopes(i.tenant, i.stream, i.kind, i.user_id, i.tags)) as s (term)
group by 1, 2
on conflict (tenant, term) do update set entries = t.entries + excluded.entries;

-- Read by candidate-pack.ts.
create function memory_candidate(
  p_no bigint, p_created_at timestamptz, p_position integer, p_length integer, p_mask integer, p_stream text, p_author text
) returns bytea language sql stable parallel safe as $$
  select int8send(p_no) || timestamptz_send(p_created_at) || int4send(p_position) || int4send(p_length) || int4send(p_mask)
    || int4send(octet_length(p_stream)) || int4send(octet_length(p_author)) || textsend(p_stream) || textsend(p_author)
$$;

-- Nothing but 'waiting' where p_fresh is asked for and entries of the tenant wait to be indexed. Else what is known of the terms, and the entries that have the rarest of them: of terms that p_reach entries have, all together, at most 30.
-- Where each is in more than that, the newest p_newest entries. 'asked' has places in p_terms, in the order of the candidates' bits.
-- A function stands for an operator where an index would serve that: it would be read whole, to be met with the terms'.
create function find_memory(
  p_tenant text, p_terms integer[], p_reach integer, p_newest integer, p_kind text, p_compacted boolean, p_since timestamptz, p_until timestamptz,
  p_tags text[], p_conversation text, p_agent text, p_user text, p_fresh boolean,
  out waiting boolean, out entries bigint, out length bigint, out frequencies bigint[], out asked integer[], out pack bytea
) language plpgsql stable set jit = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  scopes integer[] := memory_scopes(p_tenant, 's:' || p_conversation, p_kind, p_user, p_tags);
  streams text[] := array['c:' || p_conversation, 's:' || p_conversation, 'd:' || p_conversation];
  filtered boolean := not (p_conversation is null and p_kind is null and p_since is null and p_until is null and p_tags is null
    and p_agent is null and p_user is null);
  within float8;
  ones integer[];
  others integer[];
begin
  waiting := p_fresh and (
    select e.no from memory_entries e where not e.indexed and texteq(e.tenant, p_tenant) order by e.no limit 1
  ) is not null;
  if waiting then return; end if;
  select t.entries, t.length into entries, length from memory_totals t where t.tenant = p_tenant;
  if coalesce(entries, 0) <= 0 then return; end if;
  select array_agg(greatest(coalesce(m.entries, 0), 0) order by t.at) into frequencies
  from unnest(p_terms) with ordinality as t (term, at) left join memory_terms m on m.tenant = p_tenant and m.term = t.term;

  within := entries;
  if scopes <> '{}' then
    select least(within, min(coalesce(m.entries, 0))) into within
    from unnest(scopes) as s (term) left join memory_terms m on m.tenant = p_tenant and m.term = s.term;
  end if;
  if within <= 0 then return; end if;

  -- A term is taken to be as common within as anywhere.
  select array_agg(f.at order by f.nth) into asked
  from (
    select f.at, f.nth, sum(greatest(1, f.frequency * within / entries)) over (order by f.nth) as reached
    from (
      select f.frequency, f.at::integer, row_number() over (order by f.frequency, f.at) as nth
      from unnest(frequencies) with ordinality as f (frequency, at) where f.frequency > 0
    ) f
  ) f
  where f.reached <= p_reach and f.nth <= 30;
  if asked is not null then
    select string_agg(memory_candidate(i.no, i.created_at, i.position, i.length, i.bit, i.stream, coalesce(i.author, '')), '') into pack
    from (
      select 1 << (a.nth::integer - 1) as bit, i.*
      from unnest(asked) with ordinality as a (at, nth) cross join lateral (
        select i.no, i.created_at, i.position, i.length, i.stream, i.author from memory_index i
        where i.toks operator(pg_catalog.@>) (scopes || p_terms[a.at])
          and ${FILTERS}
      ) i
      -- What was said within may be of nothing else.
      limit p_reach * 2
    ) i;
    return;
  end if;

  -- Common words alone, the rarest eight of them: entries that have two of these, of pairs that few have.
  select array_agg(f.at) into asked
  from (
    select f.at::integer from unnest(frequencies) with ordinality as f (frequency, at) where f.frequency > 0 order by f.frequency, f.at limit 8
  ) f;
  if asked is null then return; end if;
  select array_agg(p.one order by p.nth), array_agg(p.other order by p.nth) into ones, others
  from (
    select p.one, p.other, p.nth, sum(p.expected) over (order by p.nth) as reached
    from (
      select p_terms[a.at] as one, p_terms[b.at] as other, e.expected, row_number() over (order by e.expected, a.nth, b.nth) as nth
      from unnest(asked) with ordinality as a (at, nth) join unnest(asked) with ordinality as b (at, nth) on a.nth < b.nth
      cross join lateral (select greatest(1, frequencies[a.at]::float8 * frequencies[b.at] / entries * within / entries) as expected) e
    ) p
  ) p
  where p.reached <= p_reach and p.nth <= 10;
  if ones is not null then
    select string_agg(memory_candidate(i.no, i.created_at, i.position, i.length, i.mask, i.stream, coalesce(i.author, '')), '') into pack
    from (
      select i.*, ${MASK} as mask
      from unnest(ones, others) as p (one, other) cross join lateral (
        select i.no, i.created_at, i.position, i.length, i.stream, i.author, i.toks from memory_index i
        where i.toks operator(pg_catalog.@>) (scopes || array[p.one, p.other])
          and ${FILTERS}
      ) i
      limit p_reach * 2
    ) i;
    return;
  end if;

  -- Words that are everywhere: the newest entries. Those without any of them do not count.
  if p_conversation is not null then
    select string_agg(memory_candidate(i.no, i.created_at, i.position, i.length, i.mask, i.stream, coalesce(i.author, '')), '') into pack
    from (
      select i.*, ${MASK} as mask
      from (
        (select i.* from memory_index i where i.tenant = p_tenant and i.stream = streams[1] order by i.position desc limit p_newest)
        union all
        (select i.* from memory_index i where i.tenant = p_tenant and i.stream = streams[2] order by i.position desc limit p_newest)
        union all
        (select i.* from memory_index i where i.tenant = p_tenant and i.stream = streams[3] order by i.position desc limit p_newest)
      ) i
      where ${FILTERS}
    ) i where i.mask <> 0;
  else
    select string_agg(memory_candidate(i.no, i.created_at, i.position, i.length, i.mask, i.stream, coalesce(i.author, '')), '') into pack
    from (
      select i.*, ${MASK} as mask
      from (
        select i.* from (
          select i.* from memory_index i
          where i.tenant = p_tenant and i.created_at >= coalesce(p_since, '-infinity') and i.created_at <= coalesce(p_until, 'infinity')
          order by i.created_at desc, i.no desc limit p_newest * 10
        ) i
        where ${FILTERS}
        limit p_newest
      ) i
    ) i where i.mask <> 0;
  end if;
end $$;
`;
