import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ChatServer } from '../channels/chat-server.js';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  later,
  type ModelServer,
  REPLICA_ENV,
  startGateway,
  startModel,
} from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { placesOf } from './places-of.js';

let model: ModelServer;
let chat: ChatServer;
let url: string;
let gateway: GatewayProcess;
let database: pg.Client;

/** What the model says when it is asked for facts, by words of the conversation; the newest that fits. */
const facts: Record<string, string> = {};

const start = () =>
  startGateway({
    database: url,
    env: REPLICA_ENV,
    config: {
      ...askedOf(model, 'model-a'),
      channels: { webhook: chat.settings },
      memory: { extract: { enabled: true, delaySeconds: 1 }, compaction: { afterDays: 0, summaries: true } },
      agents: { main: { memory: { minScore: 0.1 } } },
    },
  });

beforeAll(async () => {
  model = await startModel();
  chat = await ChatServer.start();
  model.script(({ body }) => {
    const [system] = body?.messages ?? [];
    const text = JSON.stringify(body?.messages);
    if (system?.role !== 'system' || !text.includes('long-term memory')) return undefined;
    if (text.includes('Sum it up')) return { chunks: ['They compared tapirs, at length.'] };
    const [, answer] = Object.entries(facts).findLast(([word]) => text.includes(word)) ?? [];
    return { chunks: [answer ?? '{"facts": []}'] };
  });
  url = await freshDatabase();
  gateway = await start();
  database = new pg.Client(url);
  await database.connect();
  later(() => database.end());
});

interface Found {
  results: {
    id: string;
    content: string;
    type: string;
    conversation_id: string;
    metadata?: { sources: string[]; supersedes?: string[] };
  }[];
}

async function find(query: string, more = {}): Promise<Found['results']> {
  const response = await gateway.fetch('/api/v1/memory/search', { json: { query, ...more } });
  return ((await response.json()) as Found).results;
}

async function say(message: string, conversation_id: string, user?: string, on = gateway): Promise<void> {
  const metadata = user === undefined ? {} : { metadata: { user_id: user } };
  const response = await on.fetch('/api/v1/message', { json: { message, conversation_id, ...metadata } });
  expect(response.status).toBe(200);
}

const learned = (query: string, content: string) =>
  eventually(
    () => find(query, { tags: ['fact'] }),
    (results) => results.some((result) => result.content === content),
  );

describe('facts', () => {
  it('are learned after a while, with their sources, recalled elsewhere, and superseded', async () => {
    facts['quokka farm'] = '{"facts": [{"fact": "Ann works on a quokka farm", "sources": [1, 2]}]}';
    await say('I work on a quokka farm', 'f1', 'ann');
    const [fact] = await learned('quokka', 'Ann works on a quokka farm');
    const { rows } = await database.query<{ id: string }>(
      `select id from messages where conversation_id = 'f1' order by step`,
    );
    expect(fact).toMatchObject({
      type: 'long-term',
      conversation_id: 'f1',
      metadata: { sources: rows.map(({ id }) => id) },
    });

    facts['wombat farm'] =
      '```json\n{"facts": [{"fact": "Ann works on a wombat farm", "sources": [1], "replaces": [1]}]}\n```';
    await say('It is a wombat farm by now', 'f2', 'ann');
    const [newer] = await learned('Ann works farm', 'Ann works on a wombat farm');
    expect(newer?.metadata?.supersedes).toEqual([fact?.id]);
    expect((await find('quokka', { tags: ['fact'] })).map(({ content }) => content)).not.toContain(fact?.content);

    await gateway.fetch('/api/v1/conversations/f2', { method: 'DELETE' });
    await learned('quokka', 'Ann works on a quokka farm');
    const usage = await eventually(
      () => database.query(`select token, calls from usage_by_hour where token = 'memory'`),
      ({ rowCount }) => (rowCount ?? 0) > 0,
    );
    expect(usage.rows[0]).toMatchObject({ token: 'memory' });
  });

  it('are learned after a crash by another replica, and leave nothing when their conversation is deleted', async () => {
    const dies = await start();
    facts['Zyxomma'] = '{"facts": [{"fact": "Bea keeps a Zyxomma", "sources": [1]}]}';
    await say('I keep a Zyxomma', 'secret-f3', 'bea', dies);
    await dies.kill9();
    await learned('Zyxomma', 'Bea keeps a Zyxomma');
    await gateway.fetch('/api/v1/conversations/secret-f3', { method: 'DELETE' });
    expect(await placesOf(database, 'Zyxomma')).toEqual([]);
    await database.query('delete from events');
    expect(await placesOf(database, 'Zyxomma', 'secret-f3')).toEqual([]);
  });
});

describe('a group', () => {
  it('is not told what one of its members said in private, nor what was learned from it', async () => {
    facts['Hakea'] = '{"facts": [{"fact": "Ada has a secret garden of Hakea", "sources": [1]}]}';
    await chat.write(gateway.url, { chatId: 'private', text: 'my secret garden is full of Hakea' });
    await chat.until(() => chat.taken.some(({ chatId }) => chatId === 'private'));
    await learned('Hakea', 'Ada has a secret garden of Hakea');
    const asked = async (chatId: string, more = {}) => {
      const from = model.requests.length;
      const text = `what grows in the secret garden? (${chatId})`;
      await chat.write(gateway.url, { chatId, text, ...more });
      await chat.until(() => chat.taken.some((taken) => taken.chatId === chatId));
      const turn = model.requests.slice(from).find(({ body }) => {
        const last = body?.messages?.at(-1);
        return JSON.stringify(last).includes(text) && !JSON.stringify(body).includes('long-term memory');
      });
      return JSON.stringify(turn?.body);
    };
    const group = await asked('group', { kind: 'group', addressed: true });
    expect(group).toContain('secret garden');
    expect(group).not.toContain('Hakea');
    const elsewhere = await asked('private-2');
    expect(elsewhere).toContain('Ada has a secret garden of Hakea');
    expect(elsewhere).toContain('garden is full of Hakea');
  });
});

describe('summaries', () => {
  it('are made after the compaction, which does not wait for them, and go with their segment', async () => {
    for (let turn = 0; turn < 9; turn++) await say(`tapir ${turn}`, 's1');
    await find('tapir');
    const compacted = await gateway.fetch('/api/v1/memory/compact', { method: 'POST' });
    expect(await compacted.json()).toMatchObject({ segments: 1, entries: 16 });
    const [summary] = await eventually(
      () => find('tapirs compared', { tags: ['summary'] }),
      (results) => results.length > 0,
    );
    expect(summary).toMatchObject({ content: 'They compared tapirs, at length.', conversation_id: 's1' });
    expect(summary?.metadata?.sources).toHaveLength(16);
    const pruned = await gateway.fetch('/api/v1/memory/prune', {
      method: 'DELETE',
      json: { type: 'compacted', confirm: true },
    });
    expect(pruned.status).toBe(200);
    expect(await find('tapirs compared', { tags: ['summary'] })).toEqual([]);
    expect(await placesOf(database, 'compared tapirs')).toEqual([]);
  });
});
