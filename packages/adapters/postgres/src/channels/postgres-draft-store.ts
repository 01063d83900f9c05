import { DraftStore, type TurnRef } from '@openclaw/core';
import type { Database } from '../database.js';
import * as sql from './statements.js';

export class PostgresDraftStore extends DraftStore {
  constructor(private readonly database: Database) {
    super();
  }

  async find({ tenant, id }: TurnRef): Promise<string | undefined> {
    const [row] = await this.database.query<{ draft: string }>(sql.FIND_DRAFT, [tenant, id]);
    return row?.draft;
  }

  async keep({ tenant, id }: TurnRef, messageId: string): Promise<void> {
    await this.database.query(sql.KEEP_DRAFT, [tenant, id, messageId]);
  }

  async busy(tenant: string, channel: string, chatId: string): Promise<boolean> {
    const [row] = await this.database.query<{ busy: boolean }>(sql.CHAT_IS_BUSY, [tenant, channel, chatId]);
    return row?.busy ?? false;
  }
}
