/**
 * Turns that outlive their caller: what they say is kept for who follows them, orders reach whoever runs them, and their end is
 * called out where somebody waits for it. A plain turn pays nothing for this.
 */
export const followedTurns = `
alter table turns
  add column cancelled boolean not null default false,
  -- What it says is stored as it comes.
  add column told boolean not null default false,
  -- Somebody waits for its end.
  add column awaited boolean not null default false;

-- Those about which their owner has something to hear.
create index turns_ordered on turns (owner) where (cancelled or told) and failed_at is null;

create table turn_parts (
  tenant text not null,
  turn_id text not null,
  run integer not null,
  -- What the run had said before and after this part, in UTF-16 code units.
  at integer not null,
  upto integer not null,
  -- An array of texts.
  texts jsonb not null,
  created_at timestamptz not null default now(),
  primary key (tenant, turn_id, run, upto)
);

create index turn_parts_age on turn_parts (created_at);

create function call_out_turn() returns trigger language plpgsql as $$
begin
  perform pg_notify('openclaw_signs', json_build_array(old.tenant, old.id)::text);
  return null;
end $$;

create trigger turns_ended after delete on turns for each row
  when ((old.told or old.awaited) and old.failed_at is null) execute function call_out_turn();
create trigger turns_failed after update of failed_at on turns for each row
  when ((old.told or old.awaited) and old.failed_at is null and new.failed_at is not null) execute function call_out_turn();

-- begin_turn for a turn that is run again when its replica dies, under an idempotency key if there is one. Where the key has been
-- used, only the used_ columns are given, and nothing has happened.
create function begin_lasting_turn(
  p_key text, p_fingerprint text, p_key_lifetime interval, p_told boolean,
  p_tenant text, p_conversation text, p_channel text, p_agent text, p_label text, p_summary text,
  p_turn text, p_message text, p_content text, p_metadata jsonb, p_request jsonb,
  p_owner text, p_durable boolean, p_history integer, p_history_bytes integer,
  out used_by text, out used_in text, out used_for text,
  out no integer, out agent_id text, out model text, out ready boolean, out history json
) language plpgsql as $$
begin
  if p_key is not null then
    -- Waits for a transaction that is just writing the same key.
    insert into idempotency_keys as k (tenant, key, fingerprint, turn_id, conversation_id)
    values (p_tenant, p_key, p_fingerprint, p_turn, p_conversation)
    on conflict (tenant, key) do update set
      fingerprint = excluded.fingerprint, turn_id = excluded.turn_id,
      conversation_id = excluded.conversation_id, created_at = now()
    where k.created_at <= now() - p_key_lifetime;
    if not found then
      select k.turn_id, k.conversation_id, k.fingerprint into used_by, used_in, used_for
      from idempotency_keys k where k.tenant = p_tenant and k.key = p_key;
      return;
    end if;
  end if;

  select b.no, b.agent_id, b.model, b.ready into no, agent_id, model, ready
  from begin_turn(p_tenant, p_conversation, p_channel, p_agent, p_label, p_summary, p_turn, p_message, p_content,
    p_metadata, p_request, p_owner, true, p_history, p_history_bytes) b;
  if p_told then
    update turns t set told = true where t.tenant = p_tenant and t.id = p_turn;
  end if;
  if ready and p_owner is not null and no > 1 then
    history := turn_history(p_tenant, p_conversation, no, p_history, p_history_bytes);
  end if;
end $$;

-- Who owns the turn that is to be stopped, having been told; an empty text when it had no owner and has ended; null when there is
-- no such turn under way.
create function cancel_turn(p_tenant text, p_turn text, p_replica text, p_failure jsonb) returns text language plpgsql as $$
declare
  v_conversation text;
  v_owner text;
begin
  select t.conversation_id into v_conversation from turns t
  where t.tenant = p_tenant and t.id = p_turn and t.failed_at is null;
  if not found then return null; end if;
  perform 1 from conversations c where c.tenant = p_tenant and c.id = v_conversation for no key update;
  update turns t set cancelled = true
  where t.tenant = p_tenant and t.id = p_turn and t.failed_at is null
  returning t.owner into v_owner;
  if not found then return null; end if;
  if v_owner is null then
    update turns t set owner = p_replica where t.tenant = p_tenant and t.id = p_turn;
    perform fail_turn(p_tenant, v_conversation, p_turn, p_replica, p_failure);
    return '';
  end if;
  perform pg_notify('openclaw_orders', v_owner);
  return v_owner;
end $$;
`;
