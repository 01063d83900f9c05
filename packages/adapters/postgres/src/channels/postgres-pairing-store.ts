import { type Pairing, type PairingLimits, PairingStore } from '@openclaw/core';
import type { Database } from '../database.js';
import * as sql from './statements.js';

interface PairingRow {
  channel: string;
  user_id: string;
  user_name: string;
  created_at: Date;
  approved_at: Date | null;
  expires_at: Date | null;
}

export class PostgresPairingStore extends PairingStore {
  constructor(private readonly database: Database) {
    super();
  }

  async isPaired(tenant: string, channel: string, userId: string): Promise<boolean> {
    const [row] = await this.database.query<{ paired: boolean }>(sql.IS_PAIRED, [tenant, channel, userId]);
    return row?.paired ?? false;
  }

  async ask(
    tenant: string,
    channel: string,
    user: { id: string; name: string },
    code: string,
    { codeMs, repeatMs, open }: PairingLimits,
  ): Promise<string | undefined> {
    const values = [tenant, channel, user.id, user.name, code, codeMs, repeatMs, open];
    const [row] = await this.database.query<{ code: string | null }>(sql.ASK_PAIRING, values);
    return row?.code ?? undefined;
  }

  async approve(tenant: string, channel: string, code: string): Promise<Pairing | undefined> {
    const [row] = await this.database.query<PairingRow>(sql.APPROVE_PAIRING, [tenant, channel, code]);
    return row && toPairing(row);
  }

  async list(tenant: string, channel: string): Promise<Pairing[]> {
    return (await this.database.query<PairingRow>(sql.LIST_PAIRINGS, [tenant, channel])).map(toPairing);
  }

  async remove(tenant: string, channel: string, userId: string): Promise<boolean> {
    return (await this.database.query(sql.REMOVE_PAIRING, [tenant, channel, userId])).length > 0;
  }
}

function toPairing(row: PairingRow): Pairing {
  return {
    ...{ channel: row.channel, userId: row.user_id, userName: row.user_name, createdAt: row.created_at },
    approvedAt: row.approved_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  };
}
