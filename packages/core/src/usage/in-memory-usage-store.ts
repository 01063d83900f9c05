import { type UsageRecord, UsageStore } from './usage-store.js';

export class InMemoryUsageStore extends UsageStore {
  private readonly records = new Map<string, UsageRecord>();

  async add(records: UsageRecord[]): Promise<void> {
    for (const record of records) {
      const { tenant, token, agentId, model, hour } = record;
      const key = JSON.stringify([tenant, token, agentId, model, hour.getTime()]);
      const known = this.records.get(key);
      if (!known) {
        this.records.set(key, { ...record });
        continue;
      }
      known.calls += record.calls;
      known.inputTokens += record.inputTokens;
      known.outputTokens += record.outputTokens;
    }
  }

  async list(tenant: string, from: Date, to: Date): Promise<UsageRecord[]> {
    return [...this.records.values()]
      .filter((record) => record.tenant === tenant && record.hour >= from && record.hour < to)
      .sort((a, b) => a.hour.getTime() - b.hour.getTime())
      .map((record) => ({ ...record }));
  }
}
