import type {
  Answer,
  BegunTurn,
  FailureRecord,
  HistoryLimits,
  HistoryMessage,
  NewTurn,
  TurnRequest,
  TurnState,
} from '@openclaw/core';

/** What the turn's statements give, and what is made of it. */
export type HistoryRow = ['user' | 'assistant', string][];

/** Of a turn whose key has been used, only by what. */
export interface LastingRow extends BegunRow {
  used_by?: string | null;
  used_in?: string | null;
  used_for?: string | null;
}

export interface BegunRow {
  no: number;
  agent_id: string;
  model: string | null;
  ready: boolean;
  history: HistoryRow | null;
  notes?: boolean;
}

export interface ClaimRow {
  id: string;
  no: number;
  request: TurnRequest;
  accepted_at: Date;
  attempt: number;
  told: boolean;
  agent_id: string;
  model: string | null;
  content: string;
}

export interface FoundRow {
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
  ended_at: Date | null;
}

export function begunTurn(turn: NewTurn, row: BegunRow): BegunTurn {
  return {
    ref: { tenant: turn.tenant, conversationId: turn.conversationId, id: turn.turnId, no: row.no },
    agentId: row.agent_id,
    conversationModel: row.model ?? undefined,
    history: row.ready && !turn.durable ? toHistory(row.history) : undefined,
    notes: row.notes,
  };
}

/** Messages and bytes: no text of `maxTokens` tokens has more than four bytes for each. */
export function historyBounds({ maxMessages, maxTokens }: HistoryLimits): [number, number] {
  return [maxMessages, Math.min(maxTokens * 4, 1_000_000_000)];
}

export function toHistory(rows: HistoryRow | null): HistoryMessage[] {
  return (rows ?? []).map(([role, content]) => ({ role, content }));
}

export function foundTurn(turnId: string, row: FoundRow): TurnState {
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
    return { status: 'completed', conversationId, answer, endedAt: row.ended_at ?? new Date() };
  }
  return row.failure
    ? { status: 'failed', conversationId, failure: row.failure, endedAt: row.ended_at ?? new Date() }
    : { status: 'processing', conversationId };
}
