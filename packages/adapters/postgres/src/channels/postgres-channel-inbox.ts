import { ChannelInbox, type ChannelUpdate, type KnownChat, type NewTurn } from '@openclaw/core';
import type { Database } from '../database.js';
import type { PostgresTurnStore } from '../turns/postgres-turn-store.js';
import type { TurnJobs } from '../turns/turn-jobs.js';
import * as sql from './statements.js';

interface ChatRow {
  chat_id: string;
  last_update: string | null;
  last_message_at: Date;
}

/** Beside the turns: the transaction that begins a turn notes its update. */
export class PostgresChannelInbox extends ChannelInbox {
  constructor(
    private readonly database: Database,
    private readonly turns: Pick<PostgresTurnStore, 'valuesOf'>,
    private readonly jobs: Pick<TurnJobs, 'enqueue'>,
  ) {
    super();
  }

  receive(update: ChannelUpdate, chatId: string, turn: NewTurn): Promise<'begun' | 'known'> {
    const values = [update.channel, update.updateId, chatId, ...this.turns.valuesOf(turn)];
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<{ no: number | null }>({ ...sql.RECEIVE_UPDATE, values });
      if (typeof rows[0]?.no !== 'number') return 'known';
      await this.jobs.enqueue(turn.tenant, turn.conversationId, client);
      return 'begun';
    });
  }

  async note({ tenant, channel, updateId }: ChannelUpdate): Promise<boolean> {
    return (await this.database.query(sql.NOTE_UPDATE, [tenant, channel, updateId])).length > 0;
  }

  async chats(tenant: string, channel: string, since: Date, most: number): Promise<KnownChat[]> {
    const rows = await this.database.query<ChatRow>(sql.LIST_CHATS, [tenant, channel, since, most]);
    return rows.map(({ chat_id: chatId, last_update: lastUpdateId, last_message_at: lastMessageAt }) => ({
      ...{ chatId, lastMessageAt },
      ...(lastUpdateId !== null && { lastUpdateId }),
    }));
  }
}
