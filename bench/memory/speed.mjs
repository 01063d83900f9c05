import { Postgres } from '../../packages/adapters/postgres/dist/index.js';
import { TextAnalyser } from '../../packages/adapters/text-analyser/dist/index.js';
import { hashedTerms, SearchMemory } from '../../packages/core/dist/index.js';
import { median, percentile } from '../statistics.mjs';

const SEARCHES = 300;
const BATCH = 1_000;
const MANY_TENANTS = 1_000;
const TURNS = 400;
const WORDS = 60_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };

/** Generated texts, whose words are as unevenly common as those of a language; the same in every run. */
export async function measureSpeed({ database, databaseUrl }, sizes, say) {
  const postgres = await Postgres.open({ url: databaseUrl, poolSize: 4, alone: false }, SILENT);
  const analyser = new TextAnalyser();
  const search = new SearchMemory(postgres.memory, analyser);
  const random = generator(7);
  const results = { sizes: [], append: await measureAppend(postgres, database, say) };
  try {
    let filled = 0;
    let fillMs = 0;
    for (const size of sizes) {
      const start = performance.now();
      for (; filled < size; filled += BATCH) {
        await fill(postgres, analyser, 'one', random, BATCH);
        if (filled % 50_000 === 0) say(`speed: ${filled} of ${size} entries`);
      }
      fillMs += performance.now() - start;
      await database.query('vacuum analyze memory_index, memory_terms, memory_entries');
      const plain = await time(search, ['one'], () => sentence(random, 8), SEARCHES);
      const common = await time(search, ['one'], () => 'w0 w1 w2 w3', 30);
      const { rows } = await database.query(
        `select (pg_total_relation_size('memory_index') + pg_total_relation_size('memory_terms'))::float8 as bytes`,
      );
      results.sizes.push({
        size,
        ...plain,
        commonP95: common.p95,
        bytesPerEntry: rows[0].bytes / size,
        perSecond: (size / fillMs) * 1000,
      });
      say(`speed: ${size} entries: p50 ${plain.p50.toFixed(1)} ms, p95 ${plain.p95.toFixed(1)} ms`);
    }
    const tenants = Array.from({ length: MANY_TENANTS }, (_, no) => `tenant-${no}`);
    for (const tenant of tenants) await fill(postgres, analyser, tenant, random, 100);
    results.tenants = { tenants: MANY_TENANTS, ...(await time(search, tenants, () => sentence(random, 8), SEARCHES)) };
    const start = performance.now();
    const pruned = await postgres.memory.prune('tenant-0', {});
    results.eraseMs = { entries: pruned, ms: performance.now() - start };
  } finally {
    await postgres.close();
  }
  return results;
}

function fill(postgres, analyser, tenant, random, many) {
  const notes = Array.from({ length: many }, (_, no) => ({
    content: sentence(random, 12 + Math.floor(random() * 20)),
    tags: [],
    createdAt: new Date(),
    sessionId: `s${Math.floor(no / 20)}-${Math.floor(random() * 1e6)}`,
  }));
  return postgres.memory.add(tenant, notes, (of, text) => hashedTerms(of, analyser.terms(text)), analyser.version);
}

async function time(search, tenants, query, many) {
  const latencies = [];
  for (let no = 0; no < many; no++) {
    const start = performance.now();
    await search.execute({ tenant: tenants[no % tenants.length], query: query(), limit: 10 });
    latencies.push(performance.now() - start);
  }
  const sorted = Float64Array.from(latencies).sort();
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
}

/** Turns with and without the trigger that remembers them, by turns. */
async function measureAppend({ turns }, database, say) {
  say('speed: what remembering adds to a turn');
  const times = { with: [], without: [] };
  for (let no = 0; no < TURNS; no++) {
    const kind = no % 2 ? 'with' : 'without';
    await database.query(`alter table messages ${no % 2 ? 'enable' : 'disable'} trigger message_memory`);
    const turnId = `bench-memory-${no}`;
    const start = performance.now();
    const { ref } = await turns.begin({
      tenant: 'append',
      conversationId: `c${no}`,
      turnId,
      message: { id: `m${no}`, content: 'Where is my order 4711?' },
      request: {},
      conversation: { channel: 'api', agentId: 'main', summary: '' },
      durable: false,
      historyLimits: { maxMessages: 10, maxTokens: 1_000 },
    });
    const facts = {
      model: 'm',
      usage: { inputTokens: 1, outputTokens: 1 },
      skillsUsed: [],
      latencyMs: 1,
      interrupted: false,
    };
    await turns.complete(ref, { id: turnId, conversationId: ref.conversationId, content: 'On its way.', ...facts });
    times[kind].push(performance.now() - start);
  }
  await database.query('alter table messages enable trigger message_memory');
  return {
    withMs: median(times.with),
    withoutMs: median(times.without),
    addedMs: median(times.with) - median(times.without),
  };
}

function sentence(random, words) {
  // Zipf's law, nearly: the n-th word comes up about 1/n as often as the first.
  return Array.from({ length: words }, () => `w${Math.floor(WORDS ** random()) - 1}`).join(' ');
}

function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
