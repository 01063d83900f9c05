/** What was used where nothing else is kept: one row for each token, agent, model and hour. */
export const usage = `
create table usage_by_hour (
  tenant text not null,
  hour timestamptz not null,
  token text not null,
  agent_id text not null,
  model text not null,
  calls bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  primary key (tenant, hour, token, agent_id, model)
);
`;
