import { type Answer, type IdempotencyKey, KEY_LIFETIME_MS, type NewTurn, Unavailable } from '@openclaw/core';
import { rolledBack } from '../errors.js';
import type { Database } from '../database.js';
import { Batches } from './batches.js';
import type { Replica } from './replica.js';
import * as relay from './relay-statements.js';
import * as sql from './statements.js';
import { type BegunRow, historyBounds, type HistoryRow, type LastingRow } from './turn-rows.js';

/** A turn that is not durable; under a key, if it lasts and has one. */
export interface Beginning {
  turn: NewTurn;
  key?: IdempotencyKey | undefined;
}

/** An answer to store. */
export interface Ending {
  tenant: string;
  conversationId: string;
  turnId: string;
  answer: Answer;
}

const KEY_LIFETIME_SECONDS = KEY_LIFETIME_MS / 1_000;

type BatchedRow = [no: number, agentId: string, model: string | null, ready: boolean, notes: true | null];

/** The two moves of every turn, its beginning and its end: together with others', where there are others. */
export class TurnMoves {
  private readonly begins: Batches<Beginning, LastingRow>;
  private readonly ends: Batches<Ending, number | null>;

  constructor(
    private readonly database: Database,
    private readonly replica: Pick<Replica, 'id'>,
  ) {
    this.begins = new Batches<Beginning, LastingRow>({
      one: (beginning) => this.beginOne(beginning),
      many: (beginnings) => this.unlessRolledBack(() => this.beginMany(beginnings)),
      keyOf: ({ turn }) => keyOf(turn),
      weightOf: ({ turn }) => turn.message.content.length + historyBounds(turn.historyLimits)[1],
    });
    this.ends = new Batches<Ending, number | null>({
      one: (ending) => this.completeOne(ending),
      many: (endings) => this.unlessRolledBack(() => this.completeMany(endings)),
      keyOf,
      weightOf: ({ answer }) => answer.content.length,
    });
  }

  begin(beginning: Beginning): Promise<LastingRow> {
    return this.begins.add(beginning);
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

  /** What `begin_lasting_turn` takes. */
  lastingValuesOf({ turn, key }: Beginning): unknown[] {
    const under = [key?.key ?? null, key?.fingerprint ?? null, KEY_LIFETIME_SECONDS];
    return [...under, turn.told ?? false, ...this.valuesOf(turn)];
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

  private async beginOne(beginning: Beginning): Promise<LastingRow> {
    const [row] = await (beginning.turn.lasting
      ? this.database.query<LastingRow>(relay.BEGIN_LASTING_TURN, this.lastingValuesOf(beginning))
      : this.database.query<BegunRow>(sql.BEGIN_TURN, this.valuesOf(beginning.turn)));
    if (!row) throw new Error('a turn began without a row');
    return row;
  }

  private async beginMany(beginnings: Beginning[]): Promise<LastingRow[]> {
    const given = beginnings.map(({ turn, key }) => {
      const { tenant, conversationId, turnId, message, conversation, lasting = false, told = false } = turn;
      const [history, history_bytes] = historyBounds(turn.historyLimits);
      return {
        ...{ tenant, conversation: conversationId, channel: conversation.channel, agent: conversation.agentId },
        ...{ label: conversation.label, summary: conversation.summary, turn: turnId, message: message.id },
        ...{ content: message.content, metadata: message.metadata, request: turn.request, history, history_bytes },
        ...{ key: key?.key, fingerprint: key?.fingerprint, lasting, told },
      };
    });
    const lasting = beginnings.some(({ turn }) => turn.lasting);
    const [row] = await this.database.query<{
      begun: (BatchedRow | null)[];
      histories: (HistoryRow | null)[] | null;
    }>(sql.BEGIN_TURNS, [JSON.stringify(given), this.replica.id, KEY_LIFETIME_SECONDS, lasting]);
    if (!row) throw new Error('begin_turns returned no row');
    return Promise.all(
      beginnings.map(async (beginning, at) => {
        const begun = row.begun[at];
        // By itself it tells who has used the key.
        if (!begun) return this.beginOne(beginning);
        const [no, agent_id, model, ready, notes] = begun;
        return { no, agent_id, model, ready, notes: notes ?? false, history: row.histories?.[at] ?? null };
      }),
    );
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
