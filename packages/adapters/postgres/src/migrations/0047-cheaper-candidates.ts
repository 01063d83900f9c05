const FILTERS = `texteq(i.tenant, p_tenant) and (not filtered or (
            (p_conversation is null or texteq(i.stream, streams[1]) or texteq(i.stream, streams[2]) or texteq(i.stream, streams[3]))
            and (p_kind is null or i.kind = p_kind) and (p_compacted is null or i.compacted = p_compacted)
            and (p_since is null or timestamptz_ge(i.created_at, p_since)) and (p_until is null or timestamptz_le(i.created_at, p_until))
            and (p_tags is null or i.tags operator(pg_catalog.@>) p_tags)
            and (p_agent is null or i.agent_id = p_agent) and (p_user is null or i.user_id = p_user)))`;

/** A candidate as candidate-pack.ts reads it. No function: one that is not inlined is called for each of them. */
const CARDS = `string_agg(int8send(i.no) || timestamptz_send(i.created_at) || int4send(i.position) || int4send(i.length)
      || int4send(octet_length(i.stream)) || int4send(coalesce(octet_length(i.author), 0)) || int4send(i.bytes)
      || textsend(i.stream) || textsend(coalesce(i.author, '')) || i.packed, '')`;

/** An entry that was indexed before the column was there has its terms only as an array: the number of bytes is negative, and they are array_send's. */
const PACKED = `coalesce(i.packed, array_send(i.toks)) as packed,
        coalesce(octet_length(i.packed), -12 - 8 * (cardinality(i.toks) + (i.toks <> '{}')::integer)) as bytes`;

/**
 * The same candidates, looked for with less. Each counter is looked up by itself: a join with the terms was, by a plan from when there were few,
 * a pass over all counters of the tenant, twice a search. And of the ways to look for candidates only the one that is taken is a statement: to
 * set up the others cost as much as to go it.
 */
export const cheaperCandidates = `
create or replace function memory_candidates(
  p_tenant text, p_terms integer[], p_reach integer, p_paired integer, p_postings integer, p_newest integer, p_kind text, p_compacted boolean,
  p_since timestamptz, p_until timestamptz, p_tags text[], p_conversation text, p_agent text, p_user text, p_fresh boolean,
  out waiting boolean, out entries bigint, out length bigint, out frequencies bigint[], out pack bytea
) language plpgsql stable set jit = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  scopes integer[] := memory_scopes(p_tenant, 's:' || p_conversation, p_kind, p_user, p_tags);
  streams text[] := array['c:' || p_conversation, 's:' || p_conversation, 'd:' || p_conversation];
  filtered boolean := not (p_conversation is null and p_kind is null and p_since is null and p_until is null and p_tags is null
    and p_agent is null and p_user is null);
  within float8;
  alone integer[];
  together integer[];
  pairs bytea;
begin
  waiting := p_fresh and (
    select e.no from memory_entries e where not e.indexed and texteq(e.tenant, p_tenant) order by e.no limit 1
  ) is not null;
  if waiting then return; end if;
  select t.entries, t.length into entries, length from memory_totals t where t.tenant = p_tenant;
  if coalesce(entries, 0) <= 0 then return; end if;
  select array_agg(greatest(coalesce((select m.entries from memory_terms m where m.tenant = p_tenant and m.term = t.term), 0), 0) order by t.at)
  into frequencies from unnest(p_terms) with ordinality as t (term, at);

  within := entries;
  if scopes <> '{}' then
    select least(within, min(coalesce((select m.entries from memory_terms m where m.tenant = p_tenant and m.term = s.term), 0)))
    into within from unnest(scopes) as s (term);
  end if;
  if within <= 0 then return; end if;

  -- As term-choice.ts has it.
  select array_agg(f.term order by f.nth) filter (where f.alone),
    array_agg(f.term order by f.nth) filter (where not f.alone and f.nth <= f.many_alone + 8
      and (f.postings <= p_postings and f.paired <= p_paired or f.many_alone = 0 and f.nth <= 2 and f.paired <= p_reach))
  into alone, together
  from (
    select f.*, sum(case when f.nth > f.many_alone + 1 then greatest(1, f.frequency * (f.postings - f.frequency) * within / entries / entries) else 0 end)
      over (order by f.nth) as paired
    from (
      select f.*, f.reached <= p_reach as alone, count(*) filter (where f.reached <= p_reach) over () as many_alone,
        sum(f.frequency::float8) filter (where f.reached > p_reach) over (order by f.nth) as postings
      from (
        select f.term, f.frequency, f.nth, sum(greatest(1, f.frequency * within / entries)) over (order by f.nth) as reached
        from (
          select p_terms[f.at] as term, f.frequency, row_number() over (order by f.frequency, f.at) as nth
          from unnest(frequencies) with ordinality as f (frequency, at) where f.frequency > 0
        ) f
        where f.nth <= 30
      ) f
    ) f
  ) f;

  if alone is not null and scopes = '{}' then
    select ${CARDS} into pack
    from (
      select i.no, i.created_at, i.position, i.length, i.stream, i.author, ${PACKED}
      from memory_index i
      where i.toks operator(pg_catalog.&&) alone and ${FILTERS}
      limit p_reach * 2
    ) i;
  elsif alone is not null then
    select ${CARDS} into pack
    from (
      select i.no, i.created_at, i.position, i.length, i.stream, i.author, ${PACKED}
      from memory_index i
      where i.toks operator(pg_catalog.@>) scopes and i.toks operator(pg_catalog.&&) alone and ${FILTERS}
      -- What was said within may be of nothing else.
      limit p_reach * 2
    ) i;
  end if;
  if cardinality(together) > 1 then
    select ${CARDS} into pairs
    from (
      select i.* from generate_series(1, cardinality(together) - 1) as p (nth) cross join lateral (
        select i.no, i.created_at, i.position, i.length, i.stream, i.author, ${PACKED}
        from memory_index i
        where i.toks operator(pg_catalog.@>) (scopes || together[p.nth]) and i.toks operator(pg_catalog.&&) together[p.nth + 1:]
          and ${FILTERS}) i
      -- Words go together more often than by chance.
      limit p_reach
    ) i;
    pack := coalesce(pack, '') || coalesce(pairs, '');
  end if;
  if alone is not null or cardinality(together) > 1 then return; end if;
  if p_newest = 0 or frequencies = array_fill(0::bigint, array[cardinality(frequencies)]) then return; end if;

  -- Words that are everywhere: the newest entries.
  if p_conversation is not null then
    select ${CARDS} into pack
    from (
      select i.no, i.created_at, i.position, i.length, i.stream, i.author, ${PACKED}
      from (
        (select i.* from memory_index i where i.tenant = p_tenant and i.stream = streams[1] order by i.position desc limit p_newest)
        union all
        (select i.* from memory_index i where i.tenant = p_tenant and i.stream = streams[2] order by i.position desc limit p_newest)
        union all
        (select i.* from memory_index i where i.tenant = p_tenant and i.stream = streams[3] order by i.position desc limit p_newest)
      ) i
      where ${FILTERS}
    ) i;
  else
    select ${CARDS} into pack
    from (
      select i.no, i.created_at, i.position, i.length, i.stream, i.author, ${PACKED}
      from (
        select i.* from memory_index i
        where i.tenant = p_tenant and i.created_at >= coalesce(p_since, '-infinity') and i.created_at <= coalesce(p_until, 'infinity')
        order by i.created_at desc, i.no desc limit p_newest * 10
      ) i
      where ${FILTERS}
      limit p_newest
    ) i;
  end if;
end $$;
`;
