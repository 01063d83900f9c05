import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type pg from 'pg';
import { channelUsers } from '../src/migrations/0033-channel-users.js';
import { openDatabase } from './open-database.js';

let client: pg.Client;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ client, close } = await openDatabase(2));
});

afterAll(() => close());

it('names those who wrote from chats before with their channel, and nobody else', async () => {
  await client.query(`
    insert into conversations (tenant, id, channel, chat_id, agent_id, summary) values
      ('t', 'telegram:7', 'telegram', '7', 'main', ''), ('t', 'discord:9', 'discord', '9', 'main', ''), ('t', 'talk', 'api', null, 'main', '');
    insert into messages (tenant, conversation_id, turn_no, step, id, role, content, metadata) values
      ('t', 'telegram:7', 1, 0, 'm1', 'user', 'x', '{"user_id":"42","user_name":"Ada"}'), ('t', 'telegram:7', 1, 1, 'm2', 'assistant', 'x', null),
      ('t', 'discord:9', 1, 0, 'm3', 'user', 'x', '{"user_id":"42"}'), ('t', 'talk', 1, 0, 'm4', 'user', 'x', '{"user_id":"42"}');
    insert into memory_index (tenant, no, stream, position, kind, created_at, version, length, bytes, user_id, toks) values
      ('t', 1, 'c:telegram:7', 0, 'message', now(), 1, 1, 1, '42', '{}'), ('t', 2, 'c:discord:9', 0, 'message', now(), 1, 1, 1, '42', '{}'),
      ('t', 3, 'c:talk', 0, 'message', now(), 1, 1, 1, '42', '{}'), ('t', 4, 's:telegram:7', 0, 'note', now(), 1, 1, 1, 'crm', '{}')`);
  await client.query(channelUsers);
  const index = await client.query<{ user_id: string }>('select user_id from memory_index order by no');
  expect(index.rows.map((row) => row.user_id)).toEqual(['telegram:42', 'discord:42', '42', 'crm']);
  const { rows } = await client.query<{ metadata: unknown }>('select metadata from messages order by id');
  expect(rows.map(({ metadata }) => metadata)).toEqual([
    { user_id: '42', user_name: 'Ada', channel_user: 'telegram:42' },
    null,
    { user_id: '42', channel_user: 'discord:42' },
    { user_id: '42' },
  ]);
});
