/** Skills that were installed, for all replicas, each with its packed file; and who has used which skill how often. */
export const skills = `
  create table skills (
    name text collate "C" primary key,
    digest text not null,
    -- The order of the members of a schema says in which order a caller may list arguments: json keeps it, jsonb does not.
    manifest json not null,
    tools json,
    package text not null,
    integrity text not null,
    packed bytea not null,
    installed_at timestamptz not null
  );
  -- It is compressed already.
  alter table skills alter column packed set storage external;

  create table skill_uses (
    tenant text not null,
    skill text not null,
    invocations bigint not null,
    last_used timestamptz not null,
    primary key (tenant, skill)
  );
`;
