import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
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
import { EmbeddingsServer, type Fault } from './embeddings-server.js';
import { placesOf } from './places-of.js';

let model: ModelServer;
let embeddings: EmbeddingsServer;
let database: pg.Client;
let url: string;
let one: GatewayProcess;
let two: GatewayProcess;

const OTHER = 'oc_tok_of-another-tenant';

const config = () => {
  const { providers } = askedOf(model, 'model-a');
  return {
    providers: { ...providers, meaning: embeddings.provider },
    memory: { compaction: { afterDays: 0 }, embeddings: { provider: 'meaning', model: 'first' } },
    agents: { main: { memory: { minScore: 0.5 } } },
    api: { auth: { tokens: [{ name: 'other', token: OTHER, scope: ['read'], tenant: 'other' }] } },
  };
};
const start = () => startGateway({ database: url, config: config(), env: REPLICA_ENV });

beforeAll(async () => {
  [model, embeddings, url] = await Promise.all([startModel(), EmbeddingsServer.start(), freshDatabase()]);
  [one, two] = await Promise.all([start(), start()]);
  database = new pg.Client(url);
  await database.connect();
  later(() => database.end());
});

beforeEach(() => {
  embeddings.fault = undefined;
  embeddings.faults.length = 0;
});

interface Found {
  results: { id: string; content: string; score: number; type: string }[];
}

interface Embedded {
  model: string;
  embedded: number;
  waiting: number;
}

async function post<T>(path: string, json: object, gateway = one): Promise<T> {
  const response = await gateway.fetch(path, { json });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

const say = (message: string, more = {}) => post('/api/v1/message', { message, ...more });
const note = (content: string, more = {}) =>
  post<{ data: { memoryId: string } }>('/api/v1/memory', { content, ...more });

async function find(query: string, more = {}, gateway = two): Promise<string[]> {
  const { results } = await post<Found>('/api/v1/memory/search', { query, limit: 3, ...more }, gateway);
  return results.map(({ content }) => content);
}

async function progress(gateway = one): Promise<Embedded> {
  const stats = (await (await gateway.fetch('/api/v1/memory/stats')).json()) as { embeddings: Embedded };
  return stats.embeddings;
}

/** Indexed, and with a vector. */
async function allEmbedded(name: string): Promise<void> {
  const left = `select (select count(*) from memory_entries where not indexed)::int as unindexed,
    (select count(*) from memory_unembedded)::int as waiting, (select count(*) from memory_index)::int as indexed,
    (select count(*) from memory_vectors v join memory_embedding_models m on m.id = v.model where m.model = $1 and m.active)::int as embedded`;
  await eventually(
    async () => (await database.query<Record<string, number>>(left, [name])).rows[0],
    (row) => row?.unindexed === 0 && row.waiting === 0 && row.indexed === row.embedded,
  );
}

describe('what is remembered', () => {
  it('is found by what it means, however it came: said, added, imported or compacted', async () => {
    for (let turn = 0; turn < 8; turn++)
      await say(turn === 3 ? 'my puppy sleeps' : `filler ${turn}`, { conversation_id: 'pets' });
    // What is compacted before it has a vector gets one from its segment.
    embeddings.fault = 'busy';
    await find('puppy');
    await one.fetch('/api/v1/memory/compact', { method: 'POST' });
    embeddings.fault = undefined;
    await note('we sold the automobile');
    await post('/api/v1/memory/import', { entries: [{ content: 'grandmother cooks broth' }] });
    await allEmbedded('first');
    expect((await find('which hound?', { type: 'compacted' }))[0]).toBe('my puppy sleeps');
    expect((await find('a car'))[0]).toBe('we sold the automobile');
    expect((await find('soup', {}, one))[0]).toBe('grandmother cooks broth');
    const { embedded, waiting } = await progress();
    expect([embedded > 10, waiting]).toEqual([true, 0]);
    const response = await two.fetch('/api/v1/memory/search?query=a+car');
    expect(response.headers.get('x-openclaw-memory')).toBeNull();
    const { data } = (await response.json()) as { data: Found };
    expect(data.results[0]?.content).toBe('we sold the automobile');
    const scores = data.results.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('is nobody’s but the tenant’s', async () => {
    const response = await two.fetch('/api/v1/memory/search', { json: { query: 'hound car soup' }, token: OTHER });
    expect(response.headers.get('x-openclaw-memory')).toBeNull();
    expect(await response.json()).toMatchObject({ results: [], total: 0 });
  });

  it('is recalled by what it means', async () => {
    await say('the hound bit the postman', { conversation_id: 'a1', metadata: { user_id: 'ann' } });
    await allEmbedded('first');
    // Where the machine is busy the first search may be answered by words alone, and a while nobody is asked what a text means; once that
    // is known it is kept.
    await eventually(
      () => one.fetch('/api/v1/memory/search', { json: { query: 'puppy?' } }),
      ({ headers }) => headers.get('x-openclaw-memory') === null,
      90_000,
    );
    let turn = 0;
    const told = await eventually(
      async () => {
        model.reset();
        const conversation_id = `a${++turn + 1}`;
        await say('puppy?', { conversation_id, metadata: { user_id: 'ann' } });
        // What was asked is remembered, too, and would be recalled before anything else.
        await one.fetch(`/api/v1/conversations/${conversation_id}`, { method: 'DELETE' });
        return JSON.stringify(model.requests[0]?.body);
      },
      (body) => body.includes('postman'),
    );
    expect(told).toContain('untrusted');
  }, 150_000);

  it('is embedded by another replica after a crash', async () => {
    embeddings.fault = 'silent';
    await note('drizzle before the crash');
    await eventually(
      async () => embeddings.waiting,
      (many) => many > 0,
    );
    await Promise.all([one.kill9(), two.kill9()]);
    embeddings.fault = undefined;
    // As the supervisor says half a minute after the last sign of life.
    await database.query(
      `update pgboss.job set state = 'retry', start_after = now() where name = 'memory-embedding' and state = 'active'`,
    );
    [one, two] = await Promise.all([start(), start()]);
    await allEmbedded('first');
    expect((await find('rain'))[0]).toBe('drizzle before the crash');
  });
});

describe('an endpoint that does not answer as it should', () => {
  it.each<Fault>(['garbage', 'shapeless', 'longer', 'silent'])('(%s) leaves what the words find', async (fault) => {
    await allEmbedded('first');
    embeddings.fault = fault;
    const query = `automobile ${fault}`;
    const answers = await Promise.all([
      one.fetch('/api/v1/memory/search', { json: { query } }),
      one.fetch(`/api/v1/memory/search?${new URLSearchParams({ query })}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(({ headers }) => headers.get('x-openclaw-memory'))).toEqual(['lexical', 'lexical']);
    const { results } = (await answers[0].json()) as Found;
    expect(results[0]?.content).toBe('we sold the automobile');
    embeddings.fault = undefined;
    const later = await one.fetch('/api/v1/memory/search', { json: { query: `a car after ${fault}` } });
    expect(later.headers.get('x-openclaw-memory')).toBeNull();
    expect(((await later.json()) as Found).results[0]?.content).toBe('we sold the automobile');
  });

  it('is asked again later, and nothing is lost', async () => {
    embeddings.faults.push('busy', 'busy', 'garbage');
    await note('a drizzle of busy days');
    await allEmbedded('first');
    expect(embeddings.faults).toEqual([]);
    const { rows } = await database.query(`select 1 from memory_vectors where vector is null`);
    expect(rows).toEqual([]);
  });
});

describe('erasure', () => {
  it('leaves neither a word nor a vector', async () => {
    const word = 'Vectoropus';
    for (let turn = 0; turn < 9; turn++) await say(`${word} ${turn}`, { conversation_id: 'secret-talk' });
    const { data } = await note(`a dog called ${word}`);
    await one.fetch('/api/v1/memory/compact', { method: 'POST' });
    await allEmbedded('first');
    embeddings.fault = 'busy';
    await say(`${word} waits`, { conversation_id: 'secret-talk' });
    const { rows: before } = await database.query<{ no: string }>(
      `select no from memory_index where stream = 'c:secret-talk' or no = (select max(no) from memory_index where kind = 'note')`,
    );
    expect(before.length).toBeGreaterThan(18);
    expect((await two.fetch('/api/v1/conversations/secret-talk', { method: 'DELETE' })).status).toBe(200);
    expect((await two.fetch(`/api/v1/memory/${data.memoryId}`, { method: 'DELETE' })).status).toBe(200);
    const nos = before.map(({ no }) => no);
    for (const table of ['memory_vectors', 'memory_unembedded']) {
      const { rows } = await database.query(`select 1 from ${table} where no = any($1::bigint[])`, [nos]);
      expect(rows).toEqual([]);
    }
    const { rows: orphans } = await database.query(
      `select 1 from memory_vectors v where not exists (select from memory_index i where i.tenant = v.tenant and i.no = v.no)`,
    );
    expect(orphans).toEqual([]);
    expect(await placesOf(database, word)).toEqual([]);
    expect(await placesOf(database, 'sk-embeddings')).toEqual([]);
  });
});

describe('another model', () => {
  it('embeds everything anew, while searching goes on; without one there are words alone', async () => {
    await allEmbedded('first');
    embeddings.asked.length = 0;
    const change = (memory: object) => one.fetch('/api/v1/config', { method: 'PUT', json: { memory } });
    const dimensions = 16;
    expect((await change({ embeddings: { provider: 'meaning', model: 'second', dimensions } })).status).toBe(200);
    const searching = (async () => {
      while ((await progress())?.model !== 'second' || (await progress()).waiting > 0)
        expect(await find('automobile')).toContain('we sold the automobile');
    })();
    await allEmbedded('second');
    await searching;
    expect((await find('a car'))[0]).toBe('we sold the automobile');
    const { rows } = await database.query<{ length: number }>(
      `select distinct octet_length(vector) as length from memory_vectors`,
    );
    expect(rows).toEqual([{ length: 4 + dimensions }]);
    expect(new Set(embeddings.asked.map((asked) => asked.model))).toContain('second');
    const wrong = await change({ embeddings: { provider: 'nobody', model: 'third' } });
    expect(wrong.status).toBe(400);
    expect(JSON.stringify(await wrong.json())).toContain('memory.embeddings.provider');
  });
});
