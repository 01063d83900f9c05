import { type Answer, type NewTurn, Unavailable } from '@openclaw/core';
import { rolledBack } from '../errors.js';
import type { Database } from '../database.js';
import { Batches } from './batches.js';
import type { Replica } from './replica.js';
import * as sql from './statements.js';
import { type BegunRow, historyBounds, type HistoryRow } from './turn-rows.js';

/** An answer to store. */
export interface Ending {
  tenant: string;
  conversationId: string;
  turnId: string;
  answer: Answer;
}

type BatchedRow = [no: number, agentId: string, model: string | null, ready: boolean, notes: true | null];

/** The two moves of every turn, its beginning and its end: together with others', where there are others. */
export class TurnMoves {
  private readonly begins: Batches<NewTurn, BegunRow>;
  private readonly ends: Batches<Ending, number | null>;

  constructor(
    private readonly database: Database,
    private readonly replica: Pick<Replica, 'id'>,
  ) {
    this.begins = new Batches<NewTurn, BegunRow>({
      one: (turn) => this.beginOne(turn),
      many: (turns) => this.unlessRolledBack(() => this.beginMany(turns)),
      keyOf,
      weightOf: ({ message, historyLimits }) => message.content.length + historyBounds(historyLimits)[1],
    });
    this.ends = new Batches<Ending, number | null>({
      one: (ending) => this.completeOne(ending),
      many: (endings) => this.unlessRolledBack(() => this.completeMany(endings)),
      keyOf,
      weightOf: ({ answer }) => answer.content.length,
    });
  }

  /** Of a turn that is not durable. */
  begin(turn: NewTurn): Promise<BegunRow> {
    return this.begins.add(turn);
  }

  /** How many turns the conversation has left; null when the turn is not this replica's any more. */
  complete(ending: Ending): Promise<number | null> {
    return this.ends.add(ending);
  }

  /** What `begin_turn` takes. */
  valuesOf(turn: NewTurn): unknown[] {
    const { conversation, message } = turn;
    return [
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
  }

  /** What `complete_turn` takes. */
  endOf({ tenant, conversationId, turnId, answer }: Ending): unknown[] {
    return [
      tenant,
      conversationId,
      turnId,
      this.replica.id,
      answer.content,
      answer.model,
      answer.usage.inputTokens,
      answer.usage.outputTokens,
      answer.usage.estimated ?? false,
      answer.latencyMs,
      skillsOf(answer),
      answer.interrupted,
    ];
  }

  private async beginOne(turn: NewTurn): Promise<BegunRow> {
    const [row] = await this.database.query<BegunRow>(sql.BEGIN_TURN, this.valuesOf(turn));
    if (!row) throw new Error('begin_turn returned no row');
    return row;
  }

  private async beginMany(turns: NewTurn[]): Promise<BegunRow[]> {
    const given = turns.map(({ tenant, conversationId, turnId, message, request, conversation, historyLimits }) => {
      const [history, history_bytes] = historyBounds(historyLimits);
      return {
        ...{ tenant, conversation: conversationId, channel: conversation.channel, agent: conversation.agentId },
        ...{ label: conversation.label, summary: conversation.summary, turn: turnId, message: message.id },
        ...{ content: message.content, metadata: message.metadata, request, history, history_bytes },
      };
    });
    const [row] = await this.database.query<{ begun: BatchedRow[]; histories: (HistoryRow | null)[] | null }>(
      sql.BEGIN_TURNS,
      [JSON.stringify(given), this.replica.id],
    );
    if (!row) throw new Error('begin_turns returned no row');
    return row.begun.map(([no, agent_id, model, ready, notes], at) => ({
      ...{ no, agent_id, model, ready, notes: notes ?? false },
      history: row.histories?.[at] ?? null,
    }));
  }

  private async completeOne(ending: Ending): Promise<number | null> {
    const [row] = await this.database.query<{ remaining: number | null }>(sql.COMPLETE_TURN, this.endOf(ending));
    return row?.remaining ?? null;
  }

  private async completeMany(endings: Ending[]): Promise<(number | null)[]> {
    const given = endings.map(({ tenant, conversationId, turnId, answer }) => ({
      ...{ tenant, conversation: conversationId, turn: turnId, content: answer.content, model: answer.model },
      ...{ input_tokens: answer.usage.inputTokens, output_tokens: answer.usage.outputTokens },
      ...{ estimated: answer.usage.estimated ?? false, latency: answer.latencyMs, skills: skillsOf(answer) },
      interrupted: answer.interrupted,
    }));
    const [row] = await this.database.query<{ remaining: (number | null)[] }>(sql.COMPLETE_TURNS, [
      JSON.stringify(given),
      this.replica.id,
    ]);
    if (!row) throw new Error('complete_turns returned no row');
    return row.remaining;
  }

  /** Undefined where the server says that nothing happened: one call cannot be done, or waits for who holds its conversation. */
  private async unlessRolledBack<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (rolledBack(error instanceof Unavailable ? error.cause : error)) return undefined;
      throw error;
    }
  }
}

function keyOf({ tenant, conversationId }: { tenant: string; conversationId: string }): string {
  return JSON.stringify([tenant, conversationId]);
}

function skillsOf({ skillsUsed }: Answer): string[] | null {
  return skillsUsed.length > 0 ? skillsUsed : null;
}
