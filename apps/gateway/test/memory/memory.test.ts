import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  type ModelServer,
  REPLICA_ENV,
  startGateway,
  startModel,
} from '../harness/index.js';
import { later } from '../harness/cleanup.js';
import { eventually } from '../resilience/eventually.js';
import { placesOf } from './places-of.js';

let model: ModelServer;
let url: string;
let database: pg.Client;
let one: GatewayProcess;
let two: GatewayProcess;

const config = () => ({
  ...askedOf(model, 'model-a'),
  memory: { compaction: { afterDays: 0 } },
  agents: { main: { memory: { minScore: 0.2 } } },
});
const start = () => startGateway({ database: url, config: config(), env: REPLICA_ENV });

beforeAll(async () => {
  model = await startModel();
  url = await freshDatabase();
  [one, two] = await Promise.all([start(), start()]);
  database = new pg.Client(url);
  await database.connect();
  later(() => database.end());
});

interface Found {
  results: { content: string; score: number; type: string }[];
  total: number;
}

async function post<T>(gateway: GatewayProcess, path: string, json: object): Promise<T> {
  const response = await gateway.fetch(path, { json });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

const find = (gateway: GatewayProcess, query: string, more = {}) =>
  post<Found>(gateway, '/api/v1/memory/search', { query, limit: 100, ...more });
const say = (message: string, more = {}, gateway = one) =>
  post<{ conversation_id: string }>(gateway, '/api/v1/message', { message, ...more });

describe('what was said', () => {
  it('is found on any replica at once, in any language', async () => {
    await say('Die Straßenbahn hält am Marktplatz', { conversation_id: 'de' });
    await say('臺灣的高鐵很快', { conversation_id: 'zh' });
    await say('나는 오늘 김치찌개를 먹었다', { conversation_id: 'ko' });
    for (const [query, content] of [
      ['Marktplatz', 'Die Straßenbahn hält am Marktplatz'],
      ['台湾高铁', '臺灣的高鐵很快'],
      ['김치찌개', '나는 오늘 김치찌개를 먹었다'],
    ] as const)
      expect((await find(two, query)).results.map((result) => result.content)).toContain(content);
  });

  it('is indexed after a crash by another replica', async () => {
    const dies = await start();
    await say('the ibis was seen before the crash', { conversation_id: 'crash' }, dies);
    await dies.kill9();
    expect((await find(two, 'ibis crash')).results[0]?.content).toBe('the ibis was seen before the crash');
  });
});

describe('recall', () => {
  it('gives the model what the same user said elsewhere, fenced, and nobody else', async () => {
    await say('my passport number is kept in the blue drawer', { conversation_id: 'a1', metadata: { user_id: 'ann' } });
    model.reset();
    await say('where is the passport number?', { conversation_id: 'a2', metadata: { user_id: 'ann' } });
    const told = JSON.stringify(model.requests[0]?.body);
    expect(told).toContain('untrusted');
    expect(told).toContain('blue drawer');
    expect(model.requests[0]?.body?.messages?.at(-1)).toEqual({
      role: 'user',
      content: 'where is the passport number?',
    });
    model.reset();
    await say('where is the passport number?', { conversation_id: 'b1', metadata: { user_id: 'bob' } });
    await say('where is the passport number?', { conversation_id: 'a3', metadata: { user_id: 'ann' }, memory: false });
    await say('where is the passport number?', { conversation_id: 'c1' });
    for (const request of model.requests) expect(JSON.stringify(request.body)).not.toContain('blue drawer');
  });
});

describe('compaction', () => {
  it('changes nothing of what is found, survives a crash in its middle, and keeps every word', async () => {
    for (let turn = 0; turn < 20; turn++)
      await say(`okapi ${turn} likes leaf ${turn * 7}`, { conversation_id: `okapi-${turn % 2}` });
    const queries = ['okapi leaf 49', 'okapi 3', 'leaf'];
    const plain = async () =>
      Promise.all(
        queries.map(async (query) =>
          (await find(two, query)).results.map(({ content, score }) => ({ content, score })),
        ),
      );
    const before = await plain();
    // The crash: whoever compacts is killed while one segment's index rows can't be changed.
    const dies = await start();
    await database.query('begin');
    await database.query(`lock table memory_segments in access exclusive mode`);
    const cut = dies.fetch('/api/v1/memory/compact', { method: 'POST' }).catch(() => undefined);
    const waiting = `select 1 from pg_locks where not granted and relation = 'memory_segments'::regclass`;
    await eventually(
      async () => (await database.query(waiting)).rows.length,
      (many) => many > 0,
    );
    await dies.kill9();
    await cut;
    await database.query('rollback');
    expect(await plain()).toEqual(before);
    const compacted = await one.fetch('/api/v1/memory/compact', { method: 'POST' });
    expect(await compacted.json()).toEqual({ segments: 2, entries: 32 });
    expect(await plain()).toEqual(before);
    expect((await find(one, 'okapi 3', { type: 'compacted' })).total).toBeGreaterThan(0);
    const stats = (await (await one.fetch('/api/v1/memory/stats')).json()) as {
      compacted: { files: number; size_mb: number };
    };
    const { rows } = await database.query<{ n: number; size: number }>(
      `select count(*)::int as n, sum(octet_length(block))::float8 as size from memory_segments`,
    );
    expect(stats.compacted.files).toBe(rows[0]?.n);
    expect(stats.compacted.size_mb).toBeCloseTo((rows[0]?.size ?? 0) / 1024 ** 2, 5);
  });
});

describe('erasure', () => {
  it('leaves nothing of a conversation in any table', async () => {
    const word = 'Xylothrope';
    for (let turn = 0; turn < 9; turn++) await say(`${word} ${turn}`, { conversation_id: 'secret-talk' });
    await post(one, '/api/v1/memory', { content: `note on ${word}`, session_id: 'secret-talk' });
    expect((await find(two, word)).total).toBeGreaterThan(18);
    await one.fetch('/api/v1/memory/compact', { method: 'POST' });
    await say(`${word} after`, { conversation_id: 'secret-talk' });
    expect((await placesOf(database, word)).sort()).toContain('public.messages');
    const deleted = await two.fetch('/api/v1/conversations/secret-talk', { method: 'DELETE' });
    expect(deleted.status).toBe(200);
    expect((await find(one, word)).total).toBe(0);
    expect(await placesOf(database, word)).toEqual([]);
    // That there was such a conversation, the log of events tells for a day, and nothing else.
    expect(await placesOf(database, 'secret-talk')).toEqual(['public.events']);
    const { rows } = await database.query<{ left: number }>(
      `select count(*)::int as left from memory_index i where not exists (select from memory_entries e
        where e.tenant = i.tenant and e.stream = i.stream and e.position = i.position) and not i.compacted`,
    );
    expect(rows[0]?.left).toBe(0);
  });

  it('is pruned from segments too', async () => {
    const word = 'Quillfen';
    for (let turn = 0; turn < 9; turn++) await say(`${word} ${turn}`, { conversation_id: 'prune-talk' });
    await find(one, word);
    await one.fetch('/api/v1/memory/compact', { method: 'POST' });
    const pruned = await one.fetch('/api/v1/memory/prune', { method: 'DELETE', json: { confirm: true } });
    expect(pruned.status).toBe(200);
    expect((await find(two, word)).total).toBe(0);
    const { rows } = await database.query<Record<string, string>>(
      `select (select count(*) from memory_index) as indexed, (select count(*) from memory_segments) as segments,
        (select sum(entries) from memory_totals) as entries, (select sum(entries) from memory_terms) as terms`,
    );
    expect(rows[0]).toEqual({ indexed: '0', segments: '0', entries: '0', terms: '0' });
    expect((await placesOf(database, word)).sort()).toEqual([
      'public.conversations',
      'public.events',
      'public.messages',
    ]);
  });
});
