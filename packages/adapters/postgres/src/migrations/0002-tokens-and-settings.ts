export const tokensAndSettings = `
create table api_tokens (
  hash text primary key,
  name text not null,
  prefix text not null,
  scopes text[] not null,
  tenant text not null,
  rate_limit integer,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz
);

-- A name may be used again once its token is revoked.
create unique index api_tokens_live_name on api_tokens (name) where revoked_at is null;

-- What PUT /config stored: one row, whose version tells replicas apart that changed it at the same time.
create table settings (
  singleton boolean primary key default true check (singleton),
  version integer not null,
  stored jsonb not null
);
`;
