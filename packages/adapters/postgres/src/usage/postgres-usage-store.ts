import { type UsageRecord, UsageStore } from '@openclaw/core';
import type { Database, Statement } from '../database.js';

/** In the order of the key, so that replicas that add at the same time take their rows' locks in the same order. */
const ADD: Statement = {
  name: 'usage-add',
  text: `insert into usage_by_hour as u (tenant, hour, token, agent_id, model, calls, input_tokens, output_tokens)
    select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
      as added (tenant, hour, token, agent_id, model, calls, input_tokens, output_tokens)
    order by tenant, hour, token, agent_id, model
    on conflict (tenant, hour, token, agent_id, model) do update set
      calls = u.calls + excluded.calls,
      input_tokens = u.input_tokens + excluded.input_tokens,
      output_tokens = u.output_tokens + excluded.output_tokens`,
};

const LIST = `select tenant, hour, token, agent_id, model, calls, input_tokens, output_tokens
  from usage_by_hour where tenant = $1 and hour >= $2 and hour < $3 order by hour`;

interface UsageRow {
  tenant: string;
  hour: Date;
  token: string;
  agent_id: string;
  model: string;
  /** bigint, which the driver gives as text. */
  calls: string;
  input_tokens: string;
  output_tokens: string;
}

export class PostgresUsageStore extends UsageStore {
  constructor(private readonly database: Database) {
    super();
  }

  async add(records: UsageRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.database.query(ADD, [
      records.map(({ tenant }) => tenant),
      records.map(({ hour }) => hour),
      records.map(({ token }) => token),
      records.map(({ agentId }) => agentId),
      records.map(({ model }) => model),
      records.map(({ calls }) => calls),
      records.map(({ inputTokens }) => inputTokens),
      records.map(({ outputTokens }) => outputTokens),
    ]);
  }

  async list(tenant: string, from: Date, to: Date): Promise<UsageRecord[]> {
    const rows = await this.database.query<UsageRow>(LIST, [tenant, from, to]);
    return rows.map((row) => ({
      tenant: row.tenant,
      token: row.token,
      agentId: row.agent_id,
      model: row.model,
      hour: row.hour,
      calls: Number(row.calls),
      inputTokens: Number(row.input_tokens),
      outputTokens: Number(row.output_tokens),
    }));
  }
}
