import MiniSearch from 'minisearch';
import { percentile } from '../statistics.mjs';
import { MemoryApi } from './api.mjs';

const BATCH = 200;
const AT_ONCE = 4;

/** Each set through the HTTP API, and through two baselines: what PostgreSQL brings along, and a library. */
export async function measureQuality(gateway, database, sets, say) {
  const results = [];
  for (const { name, entries, questions } of sets) {
    say(`${name}: ${entries.length} entries, ${questions.length} questions`);
    const memory = await throughApi(gateway, entries);
    const contenders = {
      'the memory': memory.search,
      'ts_rank, OR': await fullText(database, entries),
      minisearch: library(entries),
    };
    for (const [contender, search] of Object.entries(contenders)) {
      results.push({ set: name, contender, ...(await judge(questions, search)) });
      const { recall10, p95 } = results.at(-1);
      say(`${name}: ${contender}: recall@10 ${(recall10 * 100).toFixed(1)}, p95 ${p95.toFixed(0)} ms`);
    }
    await memory.forget();
  }
  return results;
}

async function judge(questions, search) {
  const ranks = [];
  const latencies = [];
  const queue = questions.values();
  const work = async () => {
    for (const { text, answer } of queue) {
      const start = performance.now();
      const found = await search(text);
      latencies.push(performance.now() - start);
      ranks.push(found.indexOf(answer) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const sorted = Float64Array.from(latencies).sort();
  const mean = (value) => ranks.reduce((sum, rank) => sum + value(rank), 0) / ranks.length;
  return {
    recall5: mean((rank) => (rank > 0 && rank <= 5 ? 1 : 0)),
    recall10: mean((rank) => (rank > 0 ? 1 : 0)),
    mrr: mean((rank) => (rank > 0 ? 1 / rank : 0)),
    ndcg10: mean((rank) => (rank > 0 ? 1 / Math.log2(rank + 1) : 0)),
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
  };
}

async function throughApi(gateway, entries) {
  const api = new MemoryApi(gateway);
  const places = new Map();
  for (let at = 0; at < entries.length; at += BATCH) {
    const batch = entries.slice(at, at + BATCH).map(({ text, stream }) => ({ content: text, session_id: stream }));
    const { ids } = await api.import(batch);
    ids.forEach((id, no) => places.set(id, at + no));
  }
  return {
    search: async (query) => (await api.search(query)).results.map(({ id }) => places.get(id)),
    forget: () => api.forget(),
  };
}

async function fullText(database, entries) {
  await database.query('drop table if exists bench_texts; create table bench_texts (no integer, doc tsvector)');
  await database.query(
    `insert into bench_texts select no - 1, to_tsvector('simple', text) from unnest($1::text[]) with ordinality as t (text, no)`,
    [entries.map(({ text }) => text)],
  );
  await database.query('create index on bench_texts using gin (doc); analyze bench_texts');
  return async (query) => {
    const { rows } = await database.query(
      `select no from bench_texts,
        (select string_agg(quote_literal(lexeme), ' | ')::tsquery as asked from unnest(to_tsvector('simple', $1))) q
       where doc @@ asked order by ts_rank(doc, asked) desc limit 10`,
      [query],
    );
    return rows.map(({ no }) => no);
  };
}

/** Han and Hangul have no blanks between words: the library gets what Node's own segmenter makes of them. */
function library(entries) {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
  const tokenize = (text) =>
    [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
  const index = new MiniSearch({ fields: ['text'], tokenize });
  index.addAll(entries.map(({ text }, id) => ({ id, text })));
  return async (query) =>
    index
      .search(query)
      .slice(0, 10)
      .map(({ id }) => id);
}
