import {
  type AcceptedSend,
  type ChannelPlace,
  type ClaimedSend,
  type IdempotencyKey,
  KEY_LIFETIME_MS,
  type NewSend,
  type Send,
  type SendOutcome,
  type SendRef,
  SendStore,
  summarize,
  Unavailable,
} from '@openclaw/core';
import type { Database } from '../database.js';
import { type ClaimedRow, type SendRow, toClaimed, toSend } from './send-rows.js';
import * as channels from '../channels/statements.js';
import * as sql from './statements.js';

interface AcceptedRow {
  used_by: string | null;
  used_in: string | null;
  used_for: string | null;
  claimed: boolean | null;
  accepted_at: Date;
}

/** Sends on PostgreSQL: one round trip to accept one, one to note its end. */
export class PostgresSendStore extends SendStore {
  /** What this process works on, by tenant and id. */
  private readonly held = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly replicaId: string,
  ) {
    super();
  }

  async accept(send: NewSend, key?: IdempotencyKey): Promise<AcceptedSend> {
    const { tenant, id, channel, chatId, conversationId, agentId, text } = send;
    const keyed = [key?.key ?? null, key?.fingerprint ?? null, KEY_LIFETIME_MS / 1_000];
    const about = [tenant, id, channel, chatId, conversationId, agentId, summarize(text), text, this.replicaId];
    this.held.add(keyOf(send));
    const row = await this.acceptRow([...keyed, ...about], send, key !== undefined);
    if (!row.claimed) this.held.delete(keyOf(send));
    const { used_by: turnId, used_in: used, used_for: fingerprint, accepted_at: acceptedAt } = row;
    if (turnId !== null && used !== null && fingerprint !== null)
      return { used: { turnId, conversationId: used, fingerprint } };
    const claimed: ClaimedSend = {
      ...{
        tenant,
        id,
        channel,
        chatId,
        conversationId,
        text,
        acceptedAt,
        state: 'queued',
        messageIds: [],
        attempts: 1,
      },
      ...{ endedAt: undefined, failure: undefined, lastError: undefined, parts: undefined, draft: undefined },
    };
    return { claimed: row.claimed ? claimed : undefined, acceptedAt };
  }

  async withdraw({ tenant, id }: SendRef): Promise<void> {
    await this.database.query(sql.WITHDRAW_SEND, [tenant, id, this.replicaId]);
    this.held.delete(keyOf({ tenant, id }));
  }

  async find(tenant: string, id: string): Promise<Send | undefined> {
    const [row] = await this.database.query<SendRow>(sql.FIND_SEND, [tenant, id]);
    return row && toSend(row);
  }

  async claimDue(places: readonly ChannelPlace[], limit: number): Promise<ClaimedSend[]> {
    const [channels, tenants] = [places.map(({ channel }) => channel), places.map(({ tenant }) => tenant)];
    const values = [this.replicaId, channels, tenants, limit];
    return this.hold(await this.database.query<ClaimedRow>(sql.CLAIM_DUE, values));
  }

  async claimOverdue(ageMs: number, limit: number): Promise<ClaimedSend[]> {
    return this.hold(await this.database.query<ClaimedRow>(sql.CLAIM_OVERDUE, [this.replicaId, ageMs / 1_000, limit]));
  }

  async progress({ tenant, id }: SendRef, parts: readonly string[], messageIds: readonly string[]): Promise<boolean> {
    const values = [tenant, id, this.replicaId, JSON.stringify(parts), messageIds];
    const noted = await this.database.query(sql.NOTE_PROGRESS, values);
    if (noted.length === 0) this.held.delete(keyOf({ tenant, id }));
    return noted.length > 0;
  }

  async note(ref: SendRef, outcome: SendOutcome, more: boolean, at = new Date()): Promise<ClaimedSend | undefined> {
    const { state, messageIds } = outcome;
    const rows = await this.database.query<ClaimedRow>(sql.NOTE_SEND, [
      ref.tenant,
      ref.id,
      this.replicaId,
      state,
      messageIds,
      state === 'failed' ? JSON.stringify(outcome.failure) : null,
      state === 'queued' ? (outcome.error ?? null) : null,
      state === 'queued' ? outcome.retryInMs : 0,
      more,
      at,
    ]);
    this.held.delete(keyOf(ref));
    return this.hold(rows)[0];
  }

  /** Frees what a replica that died had claimed; see `Replica`. */
  async freeOrphans(deadAfterSeconds: number): Promise<number> {
    return (await this.database.query(sql.FREE_ORPHANS, [deadAfterSeconds])).length;
  }

  /** Claims in this replica's name whose acknowledgement never arrived: nobody here works on them. */
  async freeStrays(): Promise<void> {
    for (const ref of await this.database.query<SendRef>(sql.OWN_CLAIMS, [this.replicaId])) {
      if (!this.held.has(keyOf(ref))) await this.database.query(sql.FREE_CLAIM, [ref.tenant, ref.id, this.replicaId]);
    }
  }

  async forget(): Promise<void> {
    await this.database.query(sql.FORGET_SENDS);
    await this.database.query(sql.FORGET_DRAFTS);
    await this.database.query(channels.FORGET_UPDATES);
    await this.database.query(channels.FORGET_CODES);
  }

  /** One whose acknowledgement got lost stays held, so that nobody delivers it, until it is withdrawn; under a key it is found again. */
  private async acceptRow(values: unknown[], ref: SendRef, keyed: boolean): Promise<AcceptedRow> {
    try {
      const [row] = await this.database.query<AcceptedRow>(sql.ACCEPT_SEND, values);
      if (!row) throw new Error('the statement returned no row');
      return row;
    } catch (error) {
      if (keyed || !(error instanceof Unavailable)) this.held.delete(keyOf(ref));
      throw error;
    }
  }

  private hold(rows: ClaimedRow[]): ClaimedSend[] {
    for (const row of rows) this.held.add(keyOf(row));
    return rows.map(toClaimed);
  }
}

function keyOf({ tenant, id }: SendRef): string {
  return `${tenant}\n${id}`;
}
