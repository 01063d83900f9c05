/**
 * Counts of calls and of failed attempts. Unlogged: they are written without the write-ahead log, so that counting waits for no disk;
 * after a crash of the database server the windows begin anew.
 */
export const limits = `
create unlogged table rate_windows (
  key text primary key,
  used integer not null,
  -- All in ms since 1970, by the database's clock. A window is known by its begin.
  began_at bigint not null,
  ends_at bigint not null,
  -- When all points that were given ahead have been spent or given back.
  settled_at bigint not null
) with (fillfactor = 50);

-- What rate-limiter-flexible keeps, in its own shape.
create unlogged table failed_attempts (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
) with (fillfactor = 50);

-- Takes points of several limits, the last one being shared by the others: see LimitStore.take.
create function take_points(
  p_keys text[], p_needed integer[], p_ahead integer[], p_limits integer[], p_windows bigint[], p_settled_after integer
) returns table (granted integer, used integer, began_at bigint, left_ms integer, settling_ms integer) language plpgsql as $$
declare
  entry rate_windows;
  moment bigint;
  needed integer;
  given integer;
  lent integer;
  owed integer := 0;
begin
  for i in 1 .. cardinality(p_keys) loop
    loop
      select * into entry from rate_windows w where w.key = p_keys[i] for no key update;
      exit when found;
      insert into rate_windows values (p_keys[i], 0, 0, 0, 0) on conflict do nothing;
    end loop;
    -- Read only now that the row is ours: whoever held it before us has read it earlier.
    moment := extract(epoch from clock_timestamp()) * 1000;
    if entry.ends_at <= moment then
      entry.used := 0;
      entry.began_at := greatest(moment, entry.began_at + 1);
      entry.ends_at := moment + p_windows[i];
      entry.settled_at := 0;
    end if;
    entry.ends_at := least(entry.ends_at, moment + p_windows[i]);
    needed := greatest(case when i = cardinality(p_keys) then p_needed[i] + owed else p_needed[i] end, 0);
    given := least(needed, greatest(p_limits[i] - entry.used, 0));
    lent := greatest(least(p_ahead[i], p_limits[i] / 2 - entry.used - given), 0);
    owed := owed + given;
    if lent > 0 then entry.settled_at := moment + p_settled_after; end if;
    entry.used := entry.used + given + lent;
    update rate_windows w
    set used = entry.used, began_at = entry.began_at, ends_at = entry.ends_at, settled_at = entry.settled_at
    where w.key = entry.key;
    granted := given + lent;
    used := entry.used;
    began_at := entry.began_at;
    left_ms := entry.ends_at - moment;
    settling_ms := case when given < needed then greatest(entry.settled_at - moment, 0) else 0 end;
    return next;
  end loop;
end $$;
`;
