/** Keys under which turns were begun. What a key is answered with is its turn's answer: nothing of it is kept here. */
export const idempotencyKeys = `
create table idempotency_keys (
  tenant text not null,
  key text not null,
  fingerprint text not null,
  turn_id text not null,
  conversation_id text not null,
  created_at timestamptz not null default now(),
  primary key (tenant, key)
);

create index idempotency_keys_age on idempotency_keys (created_at);
`;
