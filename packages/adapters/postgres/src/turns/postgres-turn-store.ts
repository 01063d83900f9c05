import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  type BegunTurn,
  type ClaimedTurn,
  type FailureRecord,
  type HistoryLimits,
  type HistoryMessage,
  type IdempotencyKey,
  type KeyUse,
  type NewTurn,
  type ReplyNotice,
  type ReplyTo,
  TurnForgotten,
  TurnLost,
  type TurnRef,
  type TurnState,
  TurnStore,
  Unavailable,
} from '@openclaw/core';
import type { QueryResultRow } from 'pg';
import type { Database, Statement } from '../database.js';
import type { Replica } from './replica.js';
import * as relay from './relay-statements.js';
import * as sql from './statements.js';
import type { TurnJobs } from './turn-jobs.js';
import { type Ending, TurnMoves } from './turn-moves.js';
import {
  type BegunRow,
  begunTurn,
  type ClaimRow,
  type FoundRow,
  foundTurn,
  historyBounds,
  type HistoryRow,
  type LastingRow,
  toHistory,
} from './turn-rows.js';
import type { TurnSignals } from './turn-signals.js';

const WITHDRAWALS = 100;
const WITHDRAW_PAUSE_MS = 200;

/** Turns on PostgreSQL: one round trip to begin one, one to end it. */
export class PostgresTurnStore extends TurnStore {
  private readonly moves: TurnMoves;

  constructor(
    private readonly database: Database,
    private readonly replica: Replica,
    private readonly signals: TurnSignals,
    private readonly jobs: TurnJobs,
  ) {
    super();
    this.moves = new TurnMoves(database, replica);
  }

  async begin(turn: NewTurn): Promise<BegunTurn> {
    if (turn.lasting) {
      const outcome = await this.beginLasting(turn);
      if ('begun' in outcome) return outcome.begun;
      throw new Error('a turn without a key met its key');
    }
    if (!turn.durable) return begunTurn(turn, await this.beginHere(turn));
    return begunTurn(turn, await this.beginDurable<BegunRow>(turn, { ...sql.BEGIN_TURN, values: this.valuesOf(turn) }));
  }

  /** Begins a turn that is run again when this replica dies; under a key, unless the key has been used. */
  async beginLasting(turn: NewTurn, key?: IdempotencyKey): Promise<{ begun: BegunTurn } | { used: KeyUse }> {
    const row = await (turn.durable
      ? this.beginDurable<LastingRow>(turn, {
          ...relay.BEGIN_LASTING_TURN,
          values: this.moves.lastingValuesOf({ turn, key }),
        })
      : this.beginHere(turn, key));
    const { used_by: turnId, used_in: conversationId, used_for: fingerprint } = row;
    if (!turnId || !conversationId || !fingerprint) return { begun: begunTurn(turn, row) };
    if (!turn.durable) this.replica.letGo(turn.turnId);
    return { used: { turnId, conversationId, fingerprint } };
  }

  async whenReady(ref: TurnRef, signal: AbortSignal): Promise<void> {
    await this.signals.whenReady(ref, signal, this.replica.heldSince(ref.id) ?? 0);
  }

  async history(ref: TurnRef, limits: HistoryLimits): Promise<HistoryMessage[]> {
    const [row] = await this.database.query<{ history: HistoryRow | null }>(sql.HISTORY, [
      ref.tenant,
      ref.conversationId,
      ref.no,
      ...historyBounds(limits),
    ]);
    return toHistory(row?.history ?? null);
  }

  async complete(ref: TurnRef, answer: Answer, reply?: ReplyTo): Promise<void> {
    const ending = { tenant: ref.tenant, conversationId: ref.conversationId, turnId: ref.id, answer };
    const remaining = await (reply ? this.completeInChannel(ending, reply) : this.moves.complete(ending));
    const since = this.replica.letGo(ref.id);
    if (remaining === null) return this.explainLoss(ref, since);
    if (remaining > 0) await this.letNextRun(ref);
  }

  private async completeInChannel(ending: Ending, { channel, chatId }: ReplyTo): Promise<number | null> {
    const values = [...this.moves.endOf(ending), channel, chatId];
    const [row] = await this.database.query<Remaining>(sql.COMPLETE_CHANNEL_TURN, values);
    return row?.remaining ?? null;
  }

  async fail(ref: TurnRef, failure: FailureRecord, notice?: ReplyNotice): Promise<void> {
    const remaining = await this.failAs(ref, this.replica.id, failure, notice);
    this.replica.letGo(ref.id);
    if (remaining) await this.letNextRun(ref);
  }

  async makeDurable(ref: TurnRef): Promise<void> {
    await this.database.query(sql.MAKE_DURABLE, [ref.tenant, ref.id]);
  }

  async handBack(ref: TurnRef): Promise<void> {
    await this.handBackFrom(ref, this.replica.id);
    this.replica.letGo(ref.id);
  }

  async claimNext(tenant: string, conversationId: string): Promise<ClaimedTurn | undefined> {
    const [row] = await this.database.query<ClaimRow>(sql.CLAIM_NEXT, [tenant, conversationId, this.replica.id]);
    if (!row) return undefined;
    this.replica.hold(row.id);
    return {
      ref: { tenant, conversationId, id: row.id, no: row.no },
      agentId: row.agent_id,
      conversationModel: row.model ?? undefined,
      request: row.request,
      content: row.content,
      acceptedAt: row.accepted_at,
      attempt: row.attempt,
      told: row.told,
    };
  }

  async waiting(tenant: string, most: number): Promise<number> {
    const [row] = await this.database.query<{ waiting: number }>(sql.WAITING_TURNS, [tenant, most]);
    return row?.waiting ?? 0;
  }

  async find(tenant: string, turnId: string): Promise<TurnState | undefined> {
    const [row] = await this.database.query<FoundRow>(sql.FIND_TURN, [tenant, turnId]);
    return row && foundTurn(turnId, row);
  }

  /** What a replica left behind: a durable turn is given to another, any other has failed. */
  async takeFrom(lost: {
    tenant: string;
    id: string;
    conversation_id: string;
    durable: boolean;
    owner: string;
  }): Promise<void> {
    const ref = { tenant: lost.tenant, conversationId: lost.conversation_id, id: lost.id };
    if (lost.durable) return this.handBackFrom(ref, lost.owner);
    const remaining = await this.failAs(ref, lost.owner, {
      code: 'service_unavailable',
      message: 'The gateway stopped before the answer was whole; send the message again',
    });
    if (remaining) await this.letNextRun(ref);
  }

  /** What `begin_turn` takes. */
  valuesOf(turn: NewTurn): unknown[] {
    return this.moves.valuesOf(turn);
  }

  private async beginHere(turn: NewTurn, key?: IdempotencyKey): Promise<LastingRow> {
    this.replica.hold(turn.turnId);
    try {
      return await this.moves.begin({ turn, key });
    } catch (error) {
      this.replica.letGo(turn.turnId);
      if (error instanceof Unavailable) void this.withdraw(turn);
      throw error;
    }
  }

  /** The turn may have been stored although its acknowledgement got lost; its conversation must not wait for it. */
  private async withdraw({ tenant, conversationId, turnId: id, lasting = false }: NewTurn): Promise<void> {
    for (let tries = 0; tries < WITHDRAWALS; tries++) {
      await sleep(WITHDRAW_PAUSE_MS, undefined, { ref: false });
      try {
        await this.takeFrom({ tenant, id, conversation_id: conversationId, durable: lasting, owner: this.replica.id });
        return;
      } catch (error) {
        // Should it stay away for longer, the replica finds a turn of its own that nobody holds.
        if (!(error instanceof Unavailable)) throw error;
      }
    }
  }

  private beginDurable<Row extends QueryResultRow>(turn: NewTurn, begin: Begin): Promise<Row> {
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<Row>(begin);
      const row = only(rows);
      // Under a key that has been used nothing was begun.
      if (!row['used_by']) await this.jobs.enqueue(turn.tenant, turn.conversationId, client);
      return row;
    });
  }

  private async failAs(
    ref: Omit<TurnRef, 'no'>,
    owner: string,
    failure: FailureRecord,
    notice?: ReplyNotice,
  ): Promise<number | null> {
    const values = [ref.tenant, ref.conversationId, ref.id, owner, JSON.stringify(failure)];
    const [row] = await (notice
      ? this.database.query<Remaining>(sql.FAIL_CHANNEL_TURN, [
          ...values,
          ...[notice.id, notice.channel, notice.chatId, notice.text],
        ])
      : this.database.query<Remaining>(sql.FAIL_TURN, values));
    return row?.remaining ?? null;
  }

  private async handBackFrom(ref: Omit<TurnRef, 'no'>, owner: string): Promise<void> {
    await this.database.transaction(async (client) => {
      const { rowCount } = await client.query(sql.HAND_BACK, [ref.tenant, ref.id, owner]);
      if (rowCount) await this.jobs.enqueue(ref.tenant, ref.conversationId, client);
    });
  }

  private async letNextRun(ref: Omit<TurnRef, 'no'>): Promise<void> {
    this.signals.progress(ref.tenant, ref.conversationId);
    await this.jobs.enqueueIfDurableIsNext(ref.tenant, ref.conversationId);
  }

  /** A commit whose acknowledgement got lost looks like a lost turn when it is tried again: the answer is there then. */
  private async explainLoss(ref: TurnRef, since = 0): Promise<void> {
    const [row] = await this.database.query<{ stored: boolean; queued: boolean }>(sql.ANSWER_EXISTS, [
      ref.tenant,
      ref.id,
    ]);
    if (!row?.stored && !row?.queued && this.database.lostSince(since)) throw new TurnForgotten();
    if (!row?.stored) throw new TurnLost(row?.queued ? 'taken-over' : 'deleted');
    await this.letNextRun(ref);
  }
}

interface Remaining extends QueryResultRow {
  remaining: number | null;
}

type Begin = Statement & { values: unknown[] };

function only<Row>(rows: Row[]): Row {
  const [row] = rows;
  if (!row) throw new Error('the statement returned no row');
  return row;
}
