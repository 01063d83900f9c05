import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Postgres } from '@openclaw/adapter-postgres';
import { type Answer, type NewTurn, newId, type TurnRef } from '@openclaw/core';
import pg from 'pg';
import { openDatabase } from './open-database.js';

let url: string;
let postgres: Postgres;
let client: pg.Client;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ url, postgres, client, close } = await openDatabase(5));
});

afterAll(() => close());

function newTurn(tenant: string, options: Partial<NewTurn> = {}): NewTurn {
  return {
    tenant,
    conversationId: newId('conv'),
    turnId: newId('msg'),
    message: { id: newId('msg'), content: 'What of "4711"? ❤\n', metadata: { user_id: 'u1', user_name: 'Ann' } },
    request: { model: 'm', systemPrompt: 'Be kind' },
    conversation: { channel: 'api', agentId: 'main', label: 'Orders', summary: 'What of "4711"?' },
    durable: false,
    historyLimits: { maxMessages: 10, maxTokens: 1_000 },
    ...options,
  };
}

function answerTo({ id, conversationId }: TurnRef): Answer {
  const usage = { inputTokens: 3, outputTokens: 5, estimated: true };
  const said = { content: 'On its way', skillsUsed: ['time', 'weather'], interrupted: true };
  return { id, conversationId, model: 'm', usage, latencyMs: 7, ...said };
}

/** Turns begun and ended one by one, or all at once. */
async function run(turns: NewTurn[], together: boolean): Promise<void> {
  const one = async (turn: NewTurn) => {
    const { ref } = await postgres.turns.begin(turn);
    return () => postgres.turns.complete(ref, answerTo(ref));
  };
  if (together) {
    const ends = await Promise.all(turns.map(one));
    await Promise.all(ends.map((end) => end()));
  } else for (const turn of turns) await (await one(turn))();
}

const TABLES = ['conversations', 'messages', 'turns', 'events', 'memory_entries'];
const OWN = new Set(['tenant', 'id', 'conversation_id', 'message_id', 'stream', 'no', 'xid']);

/** All rows of a tenant, without what is a row's own. */
async function rowsOf(tenant: string): Promise<string[]> {
  const rows = await Promise.all(
    TABLES.map(async (table) => {
      const found = await client.query<Record<string, unknown>>(`select * from ${table} where tenant = $1`, [tenant]);
      return found.rows.map((row) =>
        JSON.stringify([
          table,
          Object.entries(row).filter(([name, value]) => !OWN.has(name) && !(value instanceof Date)),
        ]),
      );
    }),
  );
  return rows.flat().sort();
}

describe('turns in batches', () => {
  it('leave the same rows as turns one by one', async () => {
    const rounds = (tenant: string) => {
      const first = Array.from({ length: 6 }, () => newTurn(tenant));
      const second = first.map(({ conversationId }) => newTurn(tenant, { conversationId }));
      const { metadata: _, ...message } = newTurn(tenant).message;
      const lasting = first.map(({ conversationId }, at) =>
        newTurn(tenant, { conversationId, lasting: true, told: at % 2 > 0 }),
      );
      return [first, second, lasting, [newTurn(tenant, { message: { ...message, content: '' } }), newTurn(tenant)]];
    };
    for (const turns of rounds('apart')) await run(turns, false);
    for (const turns of rounds('together')) await run(turns, true);
    const apart = await rowsOf('apart');
    expect(apart.length).toBeGreaterThan(60);
    expect(await rowsOf('together')).toEqual(apart);
  });

  it('do not make anybody wait for a conversation that somebody holds', async () => {
    const turns = Array.from({ length: 8 }, () => newTurn('held'));
    await run(turns, true);
    await client.query('begin');
    await client.query('select 1 from conversations where tenant = $1 and id = $2 for update', [
      'held',
      turns[3]?.conversationId,
    ]);
    const again = turns.map(({ conversationId }) => newTurn('held', { conversationId }));
    const ended: number[] = [];
    const all = again.map((turn, at) => run([turn], false).then(() => ended.push(at)));
    await Promise.all(all.filter((_, at) => at !== 3));
    expect(ended.toSorted()).toEqual([0, 1, 2, 4, 5, 6, 7]);
    await client.query('commit');
    await all[3];
  });

  it('fail by themselves', async () => {
    const turns = Array.from({ length: 5 }, () => newTurn('wrong'));
    Object.assign(turns[2] ?? {}, { turnId: turns[1]?.turnId });
    const outcomes = await Promise.allSettled(turns.map((turn) => run([turn], true)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });

  it('look at their own rows only, also by plans that were made on empty tables', async () => {
    const one = new pg.Client(url);
    await one.connect();
    try {
      const end = (turns: NewTurn[]) =>
        JSON.stringify(
          turns.map(({ tenant, conversationId, turnId }) => ({
            tenant,
            conversation: conversationId,
            turn: turnId,
            content: '',
          })),
        );
      const begin = (turns: NewTurn[]) =>
        JSON.stringify(
          turns.map(({ tenant, conversationId, turnId, message, request }) => ({
            ...{ tenant, conversation: conversationId, turn: turnId, message: message.id, content: 'x', request },
            ...{
              channel: 'api',
              agent: 'main',
              summary: '',
              history: 10,
              history_bytes: 1_000,
              lasting: false,
              told: false,
            },
          })),
        );
      const call = async (turns: NewTurn[]) => {
        await one.query(`select begin_turns($1, $2, interval '1 day', false)`, [begin(turns), 'r']);
        await one.query('select complete_turns($1, $2)', [end(turns), 'r']);
      };
      await one.query('truncate conversations, messages, turns, events, memory_entries');
      await one.query('analyze');
      await call([newTurn('plans'), newTurn('plans')]);
      for (let i = 0; i < 20; i++) {
        const crowd = Array.from({ length: 100 }, () => newTurn('plans'));
        await one.query(`select begin_turns($1, $2, interval '1 day', false)`, [begin(crowd), 'others']);
      }
      await one.query('begin');
      await call(Array.from({ length: 4 }, () => newTurn('plans')));
      const { rows } = await one.query<{ relname: string; read: string }>(
        `select relname, seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where relname in ('conversations', 'messages', 'turns')`,
      );
      await one.query('rollback');
      for (const { relname, read } of rows)
        expect(`${relname}: ${Number(read) <= 20 ? 'few' : read}`).toBe(`${relname}: few`);
      expect(rows).toHaveLength(3);
    } finally {
      await one.end();
    }
  });
});
