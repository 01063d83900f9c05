/**
 * What happened, written in the transaction in which it happened: by triggers on the rows themselves, so that no path of the code can do
 * the one without the other.
 *
 * `no` is drawn while the transaction holds its conversation's row: within a conversation it follows the order of the commits. Between
 * conversations it does not, and a smaller number may be committed after a larger one was read: so a reader asks for what was not visible
 * in its last snapshot, by `xid`, and sorts that by `no`.
 */
export const events = `
create table events (
  xid xid8 not null default pg_current_xact_id(),
  no bigint generated always as identity,
  tenant text not null,
  name text not null,
  at timestamptz not null default date_trunc('milliseconds', now()),
  conversation_id text not null,
  channel text not null,
  -- Of messages only.
  message_id text,
  sender text,
  sender_name text,
  content text,
  failure jsonb,
  primary key (xid, no)
);

create function tell_of_message() returns trigger language plpgsql as $$
begin
  insert into events (tenant, name, conversation_id, channel, message_id, sender, sender_name, content)
  select c.tenant, case when new.step = 0 then 'message.received' else 'message.sent' end, c.id, c.channel, new.id,
    case when new.step = 0 then coalesce(new.metadata ->> 'user_id', 'user') else c.agent_id end,
    new.metadata ->> 'user_name', new.content
  from conversations c where c.tenant = new.tenant and c.id = new.conversation_id;
  return null;
end $$;

create function tell_of_failure() returns trigger language plpgsql as $$
begin
  insert into events (tenant, name, conversation_id, channel, message_id, sender, content, failure)
  select c.tenant, 'message.failed', c.id, c.channel, new.id, c.agent_id, '', new.failure
  from conversations c where c.tenant = new.tenant and c.id = new.conversation_id;
  return null;
end $$;

create function tell_of_opening() returns trigger language plpgsql as $$
begin
  insert into events (tenant, name, conversation_id, channel) values (new.tenant, 'conversation.created', new.id, new.channel);
  return null;
end $$;

create function tell_of_deletion() returns trigger language plpgsql as $$
begin
  insert into events (tenant, name, conversation_id, channel) values (old.tenant, 'conversation.deleted', old.id, old.channel);
  return null;
end $$;

create trigger message_event after insert on messages for each row execute function tell_of_message();
create trigger failure_event after update on turns for each row
  when (old.failed_at is null and new.failed_at is not null) execute function tell_of_failure();
create trigger created_event after insert on conversations for each row execute function tell_of_opening();
create trigger deleted_event after delete on conversations for each row execute function tell_of_deletion();
`;
