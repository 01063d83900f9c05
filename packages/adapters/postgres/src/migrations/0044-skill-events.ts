/** What a turn tells of skills, beside what it says: in the parts that its followers read, and with its answer. */
export const skillEvents = `
-- How many skill events the run had told up to the end of this part. They take up no text, so several parts may end at one position.
alter table turn_parts
  add column skill_events integer not null default 0,
  drop constraint turn_parts_pkey,
  add primary key (tenant, turn_id, run, upto, skill_events);

-- An array of what became of skills, each with its position in the text; null for an answer that needed none.
alter table messages add column skill_events jsonb;

-- Goes around complete_turn, for the answers that have any: p_remaining is what that gave, and is given on. Null: nothing was stored.
create function keep_skill_events(p_tenant text, p_turn text, p_events jsonb, p_remaining integer) returns integer language plpgsql as $$
begin
  if p_remaining is not null then
    update messages set skill_events = p_events where tenant = p_tenant and id = p_turn and role = 'assistant';
  end if;
  return p_remaining;
end $$;
`;
