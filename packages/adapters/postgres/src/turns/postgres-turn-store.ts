import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  type BegunTurn,
  type ClaimedTurn,
  type FailureRecord,
  type HistoryLimits,
  type HistoryMessage,
  type NewTurn,
  TurnForgotten,
  TurnLost,
  type TurnRef,
  type TurnRequest,
  type TurnState,
  TurnStore,
  Unavailable,
} from '@openclaw/core';
import type { Database } from '../database.js';
import type { Replica } from './replica.js';
import * as sql from './statements.js';
import type { TurnJobs } from './turn-jobs.js';
import type { TurnSignals } from './turn-signals.js';

const WITHDRAWALS = 100;
const WITHDRAW_PAUSE_MS = 200;

type HistoryRow = ['user' | 'assistant', string][];

/** Turns on PostgreSQL: one round trip to begin one, one to end it. */
export class PostgresTurnStore extends TurnStore {
  constructor(
    private readonly database: Database,
    private readonly replica: Replica,
    private readonly signals: TurnSignals,
    private readonly jobs: TurnJobs,
  ) {
    super();
  }

  async begin(turn: NewTurn): Promise<BegunTurn> {
    const { conversation, message } = turn;
    const values = [
      turn.tenant,
      turn.conversationId,
      conversation.channel,
      conversation.agentId,
      conversation.label ?? null,
      conversation.summary,
      turn.turnId,
      message.id,
      message.content,
      message.metadata ? JSON.stringify(message.metadata) : null,
      JSON.stringify(turn.request),
      turn.durable ? null : this.replica.id,
      turn.durable,
      ...historyBounds(turn.historyLimits),
    ];
    const row = turn.durable ? await this.beginDurable(turn, values) : await this.beginHere(turn, values);
    return {
      ref: { tenant: turn.tenant, conversationId: turn.conversationId, id: turn.turnId, no: row.no },
      agentId: row.agent_id,
      conversationModel: row.model ?? undefined,
      history: row.ready && !turn.durable ? toHistory(row.history) : undefined,
    };
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

  async complete(ref: TurnRef, answer: Answer): Promise<void> {
    const [row] = await this.database.query<{ remaining: number | null }>(sql.COMPLETE_TURN, [
      ref.tenant,
      ref.conversationId,
      ref.id,
      this.replica.id,
      answer.content,
      answer.model,
      answer.usage.inputTokens,
      answer.usage.outputTokens,
      answer.usage.estimated ?? false,
      answer.latencyMs,
      answer.skillsUsed.length > 0 ? answer.skillsUsed : null,
      answer.interrupted,
    ]);
    const since = this.replica.letGo(ref.id);
    const remaining = row?.remaining ?? null;
    if (remaining === null) return this.explainLoss(ref, since);
    if (remaining > 0) await this.letNextRun(ref);
  }

  async fail(ref: TurnRef, failure: FailureRecord): Promise<void> {
    const remaining = await this.failAs(ref, this.replica.id, failure);
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
    };
  }

  async find(tenant: string, turnId: string): Promise<TurnState | undefined> {
    const [row] = await this.database.query<FoundRow>(sql.FIND_TURN, [tenant, turnId]);
    if (!row) return undefined;
    const conversationId = row.conversation_id;
    if (row.kind === 'answer') {
      const answer: Answer = {
        id: turnId,
        conversationId,
        content: row.content ?? '',
        model: row.model ?? '',
        usage: {
          inputTokens: row.input_tokens ?? 0,
          outputTokens: row.output_tokens ?? 0,
          ...(row.tokens_estimated && { estimated: true }),
        },
        skillsUsed: row.skills_used ?? [],
        latencyMs: row.latency_ms ?? 0,
        interrupted: row.interrupted ?? false,
      };
      return { status: 'completed', conversationId, answer };
    }
    return row.failure
      ? { status: 'failed', conversationId, failure: row.failure }
      : { status: 'processing', conversationId };
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

  private async beginHere(turn: NewTurn, values: unknown[]): Promise<BegunRow> {
    this.replica.hold(turn.turnId);
    try {
      return only(await this.database.query<BegunRow>(sql.BEGIN_TURN, values));
    } catch (error) {
      this.replica.letGo(turn.turnId);
      if (error instanceof Unavailable) void this.withdraw(turn);
      throw error;
    }
  }

  /** The turn may have been stored although its acknowledgement got lost; its conversation must not wait for it. */
  private async withdraw({ tenant, conversationId, turnId: id }: NewTurn): Promise<void> {
    for (let tries = 0; tries < WITHDRAWALS; tries++) {
      await sleep(WITHDRAW_PAUSE_MS, undefined, { ref: false });
      try {
        await this.takeFrom({ tenant, id, conversation_id: conversationId, durable: false, owner: this.replica.id });
        return;
      } catch (error) {
        // Should it stay away for longer, the replica finds a turn of its own that nobody holds.
        if (!(error instanceof Unavailable)) throw error;
      }
    }
  }

  private beginDurable(turn: NewTurn, values: unknown[]): Promise<BegunRow> {
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<BegunRow>({ ...sql.BEGIN_TURN, values });
      await this.jobs.enqueue(turn.tenant, turn.conversationId, client);
      return only(rows);
    });
  }

  private async failAs(ref: Omit<TurnRef, 'no'>, owner: string, failure: FailureRecord): Promise<number | null> {
    const values = [ref.tenant, ref.conversationId, ref.id, owner, JSON.stringify(failure)];
    const [row] = await this.database.query<{ remaining: number | null }>(sql.FAIL_TURN, values);
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

interface BegunRow {
  no: number;
  agent_id: string;
  model: string | null;
  ready: boolean;
  history: HistoryRow | null;
}

interface ClaimRow {
  id: string;
  no: number;
  request: TurnRequest;
  accepted_at: Date;
  attempt: number;
  agent_id: string;
  model: string | null;
  content: string;
}

interface FoundRow {
  kind: 'answer' | 'turn';
  conversation_id: string;
  content: string | null;
  model: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  tokens_estimated: boolean | null;
  latency_ms: number | null;
  skills_used: string[] | null;
  interrupted: boolean | null;
  failure: FailureRecord | null;
}

/** Messages and bytes: no text of `maxTokens` tokens has more than four bytes for each. */
function historyBounds({ maxMessages, maxTokens }: HistoryLimits): [number, number] {
  return [maxMessages, Math.min(maxTokens * 4, 1_000_000_000)];
}

function toHistory(rows: HistoryRow | null): HistoryMessage[] {
  return (rows ?? []).map(([role, content]) => ({ role, content }));
}

function only<Row>(rows: Row[]): Row {
  const [row] = rows;
  if (!row) throw new Error('the statement returned no row');
  return row;
}
