import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { Postgres } from '@openclaw/adapter-postgres';
import type { DomainEvent } from '@openclaw/core';
import { InMemoryLogger } from '@openclaw/core/testing';
import pg from 'pg';
import { Database } from '../src/database.js';
import { PostgresEventLog } from '../src/events/postgres-event-log.js';

const admin = process.env['TEST_DATABASE_URL'] ?? '';
let url: string;
let postgres: Postgres;
let slow: pg.Client;
let fast: pg.Client;

beforeAll(async () => {
  url = await createDatabase(admin, process.env['TEST_DATABASE_TEMPLATE']);
  postgres = await Postgres.open({ url, poolSize: 3, alone: false }, new InMemoryLogger());
  slow = new pg.Client(url);
  fast = new pg.Client(url);
  await Promise.all([slow.connect(), fast.connect()]);
});

afterAll(async () => {
  await Promise.all([slow.end(), fast.end()]);
  await postgres.close();
  await dropDatabase(admin, url);
});

const OPEN = `insert into conversations (tenant, id, channel, agent_id, summary) values ($1, $2, 'api', 'main', '')`;

function ids(events: DomainEvent[]): string[] {
  return events.map((event) => ('conversationId' in event.data ? event.data.conversationId : ''));
}

describe('the event log', () => {
  it('tells of what is committed late, however small its number, and of nothing twice', async () => {
    const { events } = postgres;
    const start = await events.end();
    await slow.query('begin');
    await slow.query(OPEN, ['late', 'first']);
    await fast.query(OPEN, ['late', 'second']);
    const one = await events.readAfter(start, ['late']);
    expect(ids(one.events)).toEqual(['second']);
    await fast.query(OPEN, ['late', 'third']);
    const two = await events.readAfter(one.cursor, ['late']);
    expect(ids(two.events)).toEqual(['third']);
    await slow.query('commit');
    const three = await events.readAfter(two.cursor, ['late']);
    expect(ids(three.events)).toEqual(['first']);
    expect(ids((await events.readAfter(three.cursor, ['late'])).events)).toEqual([]);
    expect(ids((await events.readAfter(start, ['late'])).events)).toEqual(['first', 'second', 'third']);
  });

  it('knows nothing of what was rolled back', async () => {
    const { events } = postgres;
    const start = await events.end();
    await slow.query('begin');
    await slow.query(OPEN, ['undone', 'never']);
    await slow.query('rollback');
    await fast.query(OPEN, ['undone', 'always']);
    expect(ids((await events.readAfter(start, ['undone'])).events)).toEqual(['always']);
  });

  it('keeps the order of a conversation where a transaction that began earlier writes later', async () => {
    const { events } = postgres;
    await fast.query(OPEN, ['order', 'talk']);
    const say = async (client: pg.Client, id: string) => {
      await client.query(`update conversations set last_turn = last_turn + 1 where tenant = 'order' and id = 'talk'`);
      await client.query(
        `insert into messages (tenant, conversation_id, turn_no, step, id, role, content)
         select tenant, id, last_turn, 0, $1, 'user', '' from conversations where tenant = 'order' and id = 'talk'`,
        [id],
      );
    };
    const start = await events.end();
    await slow.query('begin');
    // Takes its transaction number before the other one, and the conversation after it.
    await slow.query('select pg_current_xact_id()');
    await fast.query('begin');
    await say(fast, 'before');
    const waiting = say(slow, 'after');
    await fast.query('commit');
    await waiting;
    const early = await events.readAfter(start, ['order']);
    await slow.query('commit');
    const late = await events.readAfter(early.cursor, ['order']);
    const told = [...early.events, ...late.events].map((event) => 'messageId' in event.data && event.data.messageId);
    expect(told).toEqual(['before', 'after']);
  });

  it('is read in pages, bounded in rows and in bytes', async () => {
    const { events } = postgres;
    const start = await events.end();
    await fast.query(
      `insert into conversations (tenant, id, channel, agent_id, summary)
       select 'pages', 'c' || lpad(i::text, 4, '0'), 'api', 'main', '' from generate_series(1, 450) i`,
    );
    await fast.query(
      `insert into messages (tenant, conversation_id, turn_no, step, id, role, content)
       select 'pages', 'c0001', i, 0, 'm' || i, 'user', repeat('x', 1500000) from generate_series(1, 6) i`,
    );
    const sizes: number[] = [];
    const told: DomainEvent[] = [];
    for (let cursor = start, more = true; more;) {
      const page = await events.readAfter(cursor, ['pages']);
      sizes.push(page.events.length);
      told.push(...page.events);
      ({ cursor, more } = page);
    }
    expect(told).toHaveLength(456);
    expect(new Set(told.map((event) => event.id)).size).toBe(456);
    expect(sizes).toEqual([200, 200, 53, 3]);
  });

  it('tells of channels, which have no conversation, and of the chat in which a message was said', async () => {
    const { events } = postgres;
    const start = await events.end();
    await fast.query(`insert into events (tenant, name, channel, reason) values
      ('links', 'channel.connected', 'telegram', null), ('links', 'channel.disconnected', 'telegram', 'the token was revoked')`);
    await fast.query(`insert into events (tenant, name, channel, conversation_id, chat_id, message_id, sender, content) values
      ('links', 'message.received', 'telegram', 'conv_1', '4711', 'msg_1', 'u', 'hello')`);
    const { events: told } = await events.readAfter(start, ['links']);
    const timestamp = told[0]?.at.toISOString();
    expect(told.slice(0, 2).map(({ name, data }) => ({ name, data }))).toEqual([
      { name: 'channel.connected', data: { channel: 'telegram', timestamp } },
      {
        name: 'channel.disconnected',
        data: { channel: 'telegram', timestamp: told[1]?.data.timestamp, reason: 'the token was revoked' },
      },
    ]);
    expect(told[2]?.data).toMatchObject({ chatId: '4711', conversationId: 'conv_1' });
  });

  it('loses its texts with the conversation, those of sends too, which are told of later than they were stored', async () => {
    const { events } = postgres;
    const start = await events.end();
    const say = (id: string, minutesAgo: number) =>
      fast.query(
        `with said as (
           insert into messages (tenant, conversation_id, turn_no, step, id, role, content, announced, created_at)
           values ('erased', 'talk', $2, 1, $1, 'assistant', 'a secret', true, now() - make_interval(mins => $2)))
         insert into events (tenant, name, conversation_id, channel, message_id, sender, content)
         values ('erased', 'message.sent', 'talk', 'telegram', $1, 'main', 'a secret')`,
        [id, minutesAgo],
      );
    await fast.query(OPEN, ['erased', 'talk']);
    await say('now', 0);
    await say('send', 90);
    await fast.query(
      `insert into sends (tenant, id, channel, chat_id, conversation_id, text, state, accepted_at, ended_at)
       values ('erased', 'send', 'telegram', '1', 'talk', 'a secret', 'sent', now() - interval '90 minutes', now())`,
    );
    expect(JSON.stringify((await events.readAfter(start, ['erased'])).events).match(/a secret/g)).toHaveLength(2);
    expect(await postgres.conversations.delete('erased', 'talk')).toBe(true);
    const { events: left } = await events.readAfter(start, ['erased']);
    expect(left.map(({ name }) => name)).toEqual([
      'conversation.created',
      'message.sent',
      'message.sent',
      'conversation.deleted',
    ]);
    expect(JSON.stringify(left)).not.toContain('a secret');
  });

  it('is kept for a day, and until it was passed on to the webhooks', async () => {
    const { events } = postgres;
    const start = await events.end();
    await fast.query(OPEN, ['old', 'yesterday']);
    await fast.query(`update events set at = now() - interval '25 hours' where tenant = 'old'`);
    await fast.query(OPEN, ['old', 'today']);
    const database = await Database.open({ url, poolSize: 2 }, new InMemoryLogger());
    const log = new PostgresEventLog(database, new InMemoryLogger());
    await log.forget();
    expect(ids((await events.readAfter(start, ['old'])).events)).toEqual(['yesterday', 'today']);
    // While nobody subscribes the place moves every ten seconds.
    await fast.query(`update webhook_cursor set moved_at = now() - interval '1 minute'`);
    await postgres.webhooks.queue.fanOut();
    await log.forget();
    await database.close();
    expect(ids((await events.readAfter(start, ['old'])).events)).toEqual(['today']);
  });
});
