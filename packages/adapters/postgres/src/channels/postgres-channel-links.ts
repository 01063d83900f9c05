import { type ChannelLink, ChannelLinks, type ChannelPlace, type ChannelState } from '@openclaw/core';
import type { Database } from '../database.js';
import * as sql from './statements.js';

interface LinkRow {
  channel: string;
  tenant: string;
  status: ChannelState['status'];
  connected_since: Date | null;
  last_error: string | null;
}

export class PostgresChannelLinks extends ChannelLinks {
  constructor(
    private readonly database: Database,
    private readonly replicaId: string,
  ) {
    super();
  }

  async hold(places: readonly ChannelPlace[], leaseMs: number): Promise<string[]> {
    const [channels, tenants] = [places.map(({ channel }) => channel), places.map(({ tenant }) => tenant)];
    const values = [this.replicaId, channels, tenants, leaseMs];
    const rows = await this.database.query<{ channel: string }>(sql.HOLD_CHANNELS, values);
    return rows.map(({ channel }) => channel);
  }

  async report(channel: string, { status, error }: ChannelState): Promise<boolean> {
    return this.tell(channel, status, error, false);
  }

  async release(channels: readonly string[], reason: string): Promise<void> {
    for (const channel of channels) await this.tell(channel, 'disconnected', reason, true);
  }

  async list(channels: readonly string[]): Promise<ChannelLink[]> {
    const rows = await this.database.query<LinkRow>(sql.LIST_LINKS, [channels]);
    return rows.map(({ channel, tenant, status, connected_since: connectedSince, last_error: error }) => ({
      ...{ channel, tenant, status },
      ...(connectedSince && { connectedSince }),
      ...(error !== null && { error }),
    }));
  }

  async traffic(tenant: string, channels: readonly string[], since: Date): Promise<Map<string, number>> {
    const values = [tenant, channels, since];
    const rows = await this.database.query<{ channel: string; messages: number }>(sql.TRAFFIC, values);
    return new Map(rows.map(({ channel, messages }) => [channel, messages]));
  }

  private async tell(channel: string, status: string, error: string | undefined, release: boolean): Promise<boolean> {
    const values = [channel, this.replicaId, status, error ?? null, release];
    const [row] = await this.database.query<{ held: boolean }>(sql.REPORT_CHANNEL, values);
    return row?.held ?? false;
  }
}
