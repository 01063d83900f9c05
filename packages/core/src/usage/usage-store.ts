/** What one token asked of one model of one agent within one hour. */
export interface UsageRecord {
  tenant: string;
  /** The token's name, never its secret. */
  token: string;
  agentId: string;
  /** As the provider named it. */
  model: string;
  /** The hour's beginning. */
  hour: Date;
  calls: number;
  inputTokens: number;
  outputTokens: number;
}

/** Counts what was used where nothing else is kept. */
export abstract class UsageStore {
  /** Adds to what is there, all or nothing. At most one record for each tenant, token, agent, model and hour. */
  abstract add(records: UsageRecord[]): Promise<void>;

  /** A tenant's records whose hour lies in `from` ≤ hour < `to`, oldest first. */
  abstract list(tenant: string, from: Date, to: Date): Promise<UsageRecord[]>;
}
