import { memoryId, numberOfMemory } from '@openclaw/core';
import type { PoolClient } from 'pg';
import type { Place } from './segments.js';
import { COUNT_TERMS, TAKE_PLACES } from './statements.js';

/** A fact that nothing has taken the place of yet. */
export interface ActiveFact extends Place {
  id: string;
  owner: string;
  digest: string;
  /** Learned from the conversation at hand. */
  here: boolean;
}

interface FactRow extends Omit<ActiveFact, 'id'> {
  created_at: Date;
}

const LOCK_OWNER = 'select lock_fact_owners($1, array[$2])';

const ACTIVE = `select d.no::text, d.stream, d.position, d.owner, d.digest, d.stream = $3 as here, e.created_at
  from memory_derived d join memory_entries e on e.tenant = d.tenant and e.stream = d.stream and e.position = d.position
  where d.tenant = $1 and d.superseded_by is null and d.owner is not null and (d.owner = $2 or d.stream = $3)
    and (d.digest = any($4::text[]) or d.no = any($5::bigint[]))
  order by d.no for update of d`;

/** The owner's and the conversation's facts that say the same, or are among those numbers; held until the transaction ends. */
export async function activeFacts(
  client: PoolClient,
  tenant: string,
  { owner, conversationId }: { owner: string; conversationId: string },
  ids: string[],
  digests: string[],
): Promise<ActiveFact[]> {
  await client.query(LOCK_OWNER, [tenant, owner]);
  const nos = ids.map(numberOfMemory).filter((no) => no !== undefined);
  const { rows } = await client.query<FactRow>(ACTIVE, [tenant, owner, `d:${conversationId}`, digests, nos]);
  return rows.map(({ created_at, ...row }) => ({ ...row, id: memoryId(row.no, created_at) }));
}

const UNMARK = `update memory_entries e set indexed = true from unnest($2::text[], $3::integer[]) as d (stream, position)
  where e.tenant = $1 and e.stream = d.stream and e.position = d.position and not e.indexed`;

const TERMS = 'select toks from memory_index where tenant = $1 and no = any($2::bigint[])';

/**
 * Takes facts out of the index, in the caller's transaction; `noteDerived` says what has taken their place. `coming` is what the caller will
 * add: its stream and the counters of its terms are locked here together with the others, in one order, so that nobody waits in a circle.
 */
export async function supersede(
  client: PoolClient,
  tenant: string,
  old: ActiveFact[],
  coming: { stream: string; terms: number[][] },
): Promise<void> {
  if (old.length === 0) return;
  const places = [tenant, old.map(({ stream }) => stream), old.map(({ position }) => position)];
  // One that was on its way back into the index.
  await client.query(UNMARK, places);
  await client.query(TAKE_PLACES, [tenant, [coming.stream], [0]]);
  const nos = old.map(({ no }) => no);
  const { rows } = await client.query<{ toks: number[] }>(TERMS, [tenant, nos]);
  const terms = [...new Set([...rows.flatMap(({ toks }) => toks), ...coming.terms.flat()])];
  const zeros = terms.map(() => 0);
  await client.query({ ...COUNT_TERMS, values: [terms.map(() => tenant), terms, zeros] });
  await client.query('select forget_index_rows($1, null, $2)', [tenant, nos]);
}

export interface NewDerived extends Place {
  sources: number[];
  owner?: string;
  digest?: string;
  old?: ActiveFact[];
}

const SUPERSEDED = `update memory_derived d set superseded_by = s.by from unnest($2::bigint[], $3::bigint[]) as s (no, by)
  where d.tenant = $1 and d.no = s.no`;

const ADD = `insert into memory_derived (tenant, no, stream, position, sources, owner, digest)
  select $1, no, stream, position, sources, owner, digest
  from json_to_recordset($2) as d (no bigint, stream text, position integer, sources integer[], owner text, digest text)`;

/** Writes down what entries were made of, and which ones they take the place of. */
export async function noteDerived(client: PoolClient, tenant: string, derived: NewDerived[]): Promise<void> {
  const superseded = derived.flatMap(({ no, old = [] }) => old.map((one) => ({ no: one.no, by: no })));
  await client.query(SUPERSEDED, [tenant, superseded.map(({ no }) => no), superseded.map(({ by }) => by)]);
  const rows = derived.map(({ no, stream, position, sources, owner, digest }) => ({
    no,
    stream,
    position,
    sources,
    owner,
    digest,
  }));
  await client.query(ADD, [tenant, JSON.stringify(rows)]);
}

/** Who learns from them waits for us, or we for them. */
const HOLD = `select 1 from memory_index where tenant = $1 and no = any($2::bigint[]) and stream like 'c:%' order by no for update`;

const GOING_WITH = `with recursive going as (
    select d.no from memory_derived d where d.tenant = $1 and d.no = any($2::bigint[])
    union
    select d.no from going g join memory_derived d on d.tenant = $1 and d.superseded_by = g.no
  ), made as (
    select d.no from memory_derived d
    join unnest($3::text[], $4::integer[]) as s (stream, position) on d.stream = 'd:' || substr(s.stream, 3) and d.sources @> array[s.position]
    where d.tenant = $1 and s.stream like 'c:%'
  )
  select d.no::text, d.stream, d.position, d.owner from memory_derived d
  where d.tenant = $1 and d.no in (select no from going union select no from made) order by d.no`;

/**
 * What goes along when these entries are forgotten: what was made of them and, where facts themselves are among them, what those had taken
 * the place of. Takes it out of the books; the entries are still there. No entry of a `d:` stream may be held by the caller yet: who learns
 * takes its locks in this order.
 */
export async function forgetDerived(client: PoolClient, tenant: string, going: Place[]): Promise<Place[]> {
  const nos = going.map(({ no }) => no);
  await client.query(HOLD, [tenant, nos]);
  const found = await client.query<Place & { owner: string | null }>(GOING_WITH, [
    tenant,
    nos,
    going.map(({ stream }) => stream),
    going.map(({ position }) => position),
  ]);
  if (found.rows.length === 0) return [];
  await client.query('select lock_fact_owners($1, $2)', [tenant, found.rows.map(({ owner }) => owner)]);
  await client.query('select forget_derived($1, $2)', [tenant, found.rows.map(({ no }) => no)]);
  return found.rows.map(({ no, stream, position }) => ({ no, stream, position }));
}

/** Facts that another one has taken the place of: in no index, and so not among what is pruned by it. */
export const SUPERSEDED_BEFORE = `select d.no::text, d.stream, d.position from memory_derived d
  join memory_entries e on e.tenant = d.tenant and e.stream = d.stream and e.position = d.position
  where d.tenant = $1 and d.superseded_by is not null and ($2::timestamptz is null or e.created_at < $2)`;
