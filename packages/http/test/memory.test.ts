import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, startGateway, type TestGateway, TOKENS } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const as = (token: string) => ({ Authorization: `Bearer ${token}` });
const find = (query: string, more: object = {}, headers = {}) =>
  call(gateway, 'POST', '/api/v1/memory/search', { query, ...more }, headers);
const add = (body: object, headers = {}) => call(gateway, 'POST', '/api/v1/memory', body, headers);

describe('notes', () => {
  it('are added in dialect D and found both ways', async () => {
    const added = await add({ content: 'Ana likes figs', tags: ['food'], type: 'long-term', createdAt: '2026-01-05' });
    expect(added.status).toBe(200);
    expect(added.json).toEqual({
      success: true,
      data: { memoryId: expect.stringMatching(/^mem_[0-9a-f]+$/), createdAt: '2026-01-05T00:00:00.000Z' },
    });
    const found = await find('who likes figs');
    expect(found.json).toEqual({
      results: [
        {
          id: added.json.data.memoryId,
          content: 'Ana likes figs',
          score: expect.any(Number),
          source: { type: 'document', position: 0 },
          type: 'long-term',
          conversation_id: null,
          created_at: '2026-01-05T00:00:00.000Z',
        },
      ],
      total: 1,
      query: 'who likes figs',
    });
    const [{ score }] = found.json.results;
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThanOrEqual(1);
    const plain = await call(gateway, 'GET', '/api/v1/memory/search?query=figs&limit=3&minScore=0.1');
    expect(plain.json).toEqual({
      success: true,
      data: { results: [{ content: 'Ana likes figs', score: expect.any(Number), source: 'document:food#0' }] },
    });
    const strict = await call(gateway, 'GET', '/api/v1/memory/search?query=figs+and+plums+and+more&minScore=0.99');
    expect(strict.json.data.results).toEqual([]);
  });

  it('are read page by page, and deleted', async () => {
    for (const content of ['page one', 'page two', 'page three'])
      await add({ content, session_id: 'pages', author: 'Bo' });
    const contents: string[] = [];
    const totals = new Set<number>();
    let cursor: string | undefined;
    do {
      const query: string = cursor === undefined ? '' : `&cursor=${cursor}`;
      const page = await call(gateway, 'GET', `/api/v1/memory?limit=2${query}`);
      for (const entry of page.json.entries) contents.push(entry.content);
      totals.add(page.json.total);
      cursor = page.json.next_cursor;
    } while (cursor !== undefined);
    expect(contents.slice(-3)).toEqual(['page one', 'page two', 'page three']);
    expect([...totals]).toEqual([contents.length]);
    const [{ id, source }] = (await find('page two', { conversation_id: 'pages', limit: 1 })).json.results;
    expect(source).toEqual({ type: 'document', conversation_id: 'pages', position: 1 });
    expect((await call(gateway, 'DELETE', `/api/v1/memory/${id}`)).json).toEqual({ id, deleted: true });
    expect((await call(gateway, 'DELETE', `/api/v1/memory/${id}`)).status).toBe(404);
    const cursorless = await call(gateway, 'GET', '/api/v1/memory?cursor=nonsense');
    expect(cursorless.json).toMatchObject({ status: 400, details: { errors: [{ field: 'cursor' }] } });
  });
});

describe('messages', () => {
  it('are found where they were said, until their conversation is deleted', async () => {
    const said = await call(gateway, 'POST', '/api/v1/message', { message: 'my walrus sings', conversation_id: 'zoo' });
    const found = await find('walrus', { type: 'wal' });
    expect(found.json.results).toHaveLength(2);
    expect(found.json.results.map((result: { source: object }) => result.source)).toContainEqual({
      type: 'conversation',
      conversation_id: 'zoo',
      message_id: said.json.id,
      position: 1,
    });
    await call(gateway, 'DELETE', '/api/v1/conversations/zoo');
    expect((await find('walrus')).json).toMatchObject({ results: [], total: 0 });
  });
});

describe('filters', () => {
  it('are the same in a query string as in a body', async () => {
    const [session_id, tag] = ['burrow', 'digs'];
    await add({ content: 'a badger digs', session_id, tags: [tag], user_id: 'ann', createdAt: '2026-01-05' });
    const metadata = { user_id: 'bob' };
    await call(gateway, 'POST', '/api/v1/message', { message: 'a badger?', conversation_id: 'sett', metadata });
    const cases: [body: object, query: string, contents: string[]][] = [
      [{ conversation_id: 'burrow' }, 'session=burrow', ['a badger digs']],
      [{ tags: ['digs'] }, 'tag=digs', ['a badger digs']],
      [{ user_id: 'ann' }, 'user=ann', ['a badger digs']],
      [{ user_id: 'bob', agent_id: 'main' }, 'user=bob&agent=main', ['a badger?', 'you said: a badger?']],
      [{ agent_id: 'nobody' }, 'agent=nobody', []],
      [{ type: 'long-term' }, 'type=long-term', ['a badger digs']],
      [{ until: '2026-01-06' }, 'until=2026-01-06', ['a badger digs']],
      [{ since: '2026-01-06' }, 'since=2026-01-06', ['a badger?', 'you said: a badger?']],
    ];
    for (const [body, query, contents] of cases) {
      const results = [
        (await find('badger', body)).json.results,
        (await call(gateway, 'GET', `/api/v1/memory/search?query=badger&${query}`)).json.data.results,
      ];
      for (const found of results)
        expect(found.map(({ content }: { content: string }) => content).sort()).toEqual(contents);
    }
  });
});

describe('pruning', () => {
  it('tells what it would do, and does it once it is confirmed', async () => {
    await add({ content: 'an old newt', createdAt: '2020-01-01T00:00:00Z' });
    const before = '2021-01-01T00:00:00Z';
    const asked = await call(gateway, 'DELETE', '/api/v1/memory/prune', { before });
    expect(asked.json).toMatchObject({ error: 'conflict', status: 409, details: { would_prune: 1 } });
    expect((await call(gateway, 'DELETE', '/api/v1/memory/prune')).status).toBe(409);
    expect((await find('newt')).json.total).toBe(1);
    const body = { before, type: 'long-term', confirm: true };
    const pruned = await call(gateway, 'DELETE', '/api/v1/memory/prune', body);
    expect(pruned.json).toEqual({ pruned: 1, type: 'long-term', before: '2021-01-01T00:00:00.000Z' });
    expect((await find('newt')).json.total).toBe(0);
  });
});

describe('statistics', () => {
  it('count what is there', async () => {
    const { json } = await call(gateway, 'GET', '/api/v1/memory/stats', undefined, as(TOKENS.other));
    expect(json).toEqual({
      wal: { entries: 0, size_mb: 0, oldest_entry: null },
      compacted: { files: 0, size_mb: 0, last_compaction: null },
      total_size_mb: 0,
    });
    const own = await call(gateway, 'GET', '/api/v1/memory/stats');
    expect(own.json.wal.entries).toBeGreaterThan(0);
    expect(own.json.total_size_mb).toBeGreaterThan(0);
  });
});

describe('memory by meaning', () => {
  const hits = { results: [], total: 0 };

  it.each([
    ['POST', '/api/v1/memory/search', { query: 'x' }],
    ['GET', '/api/v1/memory/search?query=x', undefined],
  ])('%s %s says when only the words have counted', async (method, path, body) => {
    for (const lexicalOnly of [true, false]) {
      const other = await startGateway({}, undefined, {
        searchMemory: { execute: async () => ({ ...hits, lexicalOnly }) },
        vectors: { progress: async () => ({ model: 'e', embedded: 3, waiting: 2 }) },
      });
      const { status, headers } = await call(other, method, path, body);
      expect([status, headers.get('x-openclaw-memory')]).toEqual([200, lexicalOnly ? 'lexical' : null]);
      const stats = await call(other, 'GET', '/api/v1/memory/stats');
      expect(stats.json.embeddings).toEqual({ model: 'e', embedded: 3, waiting: 2 });
      await other.close();
    }
  });
});

describe('access', () => {
  it('keeps tenants apart', async () => {
    const added = await add({ content: 'a lynx of ours' });
    expect((await find('lynx', {}, as(TOKENS.other))).json.results).toEqual([]);
    const path = `/api/v1/memory/${added.json.data.memoryId}`;
    expect((await call(gateway, 'DELETE', path, undefined, as(TOKENS.other))).status).toBe(404);
    expect((await find('lynx')).json.total).toBe(1);
  });

  it.each([
    ['POST', '/api/v1/memory/search', TOKENS.chat],
    ['GET', '/api/v1/memory/search?query=x', TOKENS.chat],
    ['GET', '/api/v1/memory/stats', TOKENS.chat],
    ['GET', '/api/v1/memory', TOKENS.chat],
    ['POST', '/api/v1/memory', TOKENS.read],
    ['DELETE', '/api/v1/memory/mem_1', TOKENS.read],
    ['DELETE', '/api/v1/memory/prune', TOKENS.other],
    ['POST', '/api/v1/memory/compact', TOKENS.other],
  ])('%s %s wants its scope', async (method, path, token) => {
    expect((await call(gateway, method, path, method === 'POST' ? {} : undefined, as(token))).status).toBe(403);
  });

  it.each([
    ['POST', '/api/v1/memory/search', {}, 'query'],
    ['POST', '/api/v1/memory/search', { query: 'x', limit: 101 }, 'limit'],
    ['POST', '/api/v1/memory/search', { query: 'x', type: 'short' }, 'type'],
    ['POST', '/api/v1/memory/search', { query: 'x', since: 'soon' }, 'since'],
    ['POST', '/api/v1/memory/search', { query: 'x', tags: ['a', 1] }, 'tags'],
    ['POST', '/api/v1/memory/search', { query: 'x', min_score: 2 }, 'min_score'],
    ['GET', '/api/v1/memory/search?query=x&minScore=high', undefined, 'minScore'],
    ['GET', '/api/v1/memory/search', undefined, 'query'],
    ['POST', '/api/v1/memory', { content: '' }, 'content'],
    ['POST', '/api/v1/memory', { content: 'x', type: 'wal' }, 'type'],
    ['POST', '/api/v1/memory', { content: 'x', tags: 'a' }, 'tags'],
    ['DELETE', '/api/v1/memory/prune', { before: 'never', confirm: true }, 'before'],
    ['POST', '/api/v1/message', { message: 'x', memory: 'no' }, 'memory'],
    ['POST', '/api/v1/message', { text: 'x', memory: 1 }, 'memory'],
    ['POST', '/api/v1/chat', { message: 'x', memory: [] }, 'memory'],
  ])('%s %s refuses %j', async (method, path, body, field) => {
    const { status, json } = await call(gateway, method, path, body);
    expect(status).toBe(400);
    expect(json.details.errors.map((error: { field: string }) => error.field)).toEqual([field]);
  });
});
