import { Postgres } from '../../packages/adapters/postgres/dist/index.js';
import { TextAnalyser } from '../../packages/adapters/text-analyser/dist/index.js';
import { hashedTerms } from '../../packages/core/dist/index.js';
import { cpuSeconds, familyCpuSeconds } from '../proc.mjs';
import { percentile } from '../statistics.mjs';
import { MemoryApi } from './api.mjs';
import { Texts } from './texts.mjs';

const SEARCHES = 300;
const WARM_UP = 300;
const BATCH = 1_000;
const TENANTS = 1_000;
const ERASED = 10_000;
const QUERY_WORDS = 8;
const COMMON_WORDS = 'w0 w1 w2 w3';
const SILENT = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };

/**
 * Entries are written as a running gateway writes them, in its batches, and searched for over HTTP, one search at a time: first as many as
 * each of `sizes` in one tenant, then the largest of these over 1,000 tenants.
 */
export async function measureSpeed(surroundings, sizes, say) {
  const tokens = Array.from({ length: TENANTS }, (_, no) => ({
    tenant: `tenant-${no}`,
    token: `bench-tenant-token-${no}`,
  }));
  const eraser = { tenant: 'erased', token: 'bench-erased-token' };
  const gateway = await surroundings.startGateway([], [...tokens, eraser]);
  const postgres = await Postgres.open({ url: surroundings.databaseUrl, poolSize: 4, alone: false }, SILENT);
  const filler = new Filler(surroundings, postgres.memory, say);
  const search = new Searcher(surroundings, gateway, filler.texts);
  const results = { sizes: [] };
  try {
    const one = new MemoryApi(gateway);
    const largest = sizes.at(-1);
    for (const size of sizes) {
      await filler.fill(['default'], size - filler.written);
      const { bytesPerEntry } = await filler.settle();
      const measured = {
        all: await search.time([one]),
        common: await search.time([one], () => COMMON_WORDS),
        session: await search.time([one], undefined, () => ({ conversation_id: filler.texts.session() })),
      };
      results.sizes.push({ size, bytesPerEntry, ...filler.cost(), ...measured });
      say(`speed: ${size} entries: p50 ${measured.all.p50.toFixed(1)} ms, p95 ${measured.all.p95.toFixed(1)} ms`);
    }
    await one.forget();
    filler.startAnew();
    await filler.fill(
      tokens.map(({ tenant }) => tenant),
      largest,
    );
    const { bytesPerEntry } = await filler.settle();
    const clients = tokens.map(({ token }) => new MemoryApi(gateway, token));
    results.tenants = { tenants: TENANTS, entries: largest, bytesPerEntry, all: await search.time(clients) };

    filler.startAnew();
    await filler.fill([eraser.tenant], ERASED);
    say('speed: erasing a tenant');
    const start = performance.now();
    const { pruned } = await new MemoryApi(gateway, eraser.token).forget();
    results.erased = { entries: pruned, ms: performance.now() - start };
  } finally {
    await postgres.close();
    await gateway.stop();
  }
  return results;
}

class Searcher {
  constructor(surroundings, gateway, texts) {
    Object.assign(this, { surroundings, gateway, texts });
  }

  /** Latencies as the client has them, in ms, and processor time for each search, in µs. */
  async time(clients, query = () => this.texts.sentence(QUERY_WORDS), more = () => ({})) {
    const { gateway } = this;
    const database = this.surroundings.databasePid();
    const latencies = [];
    let before;
    for (let no = -WARM_UP; no < SEARCHES; no++) {
      if (no === 0) before = { own: cpuSeconds(gateway.pid), database: familyCpuSeconds(database) };
      const client = clients[(no + WARM_UP) % clients.length];
      const start = performance.now();
      await client.search(query(), more());
      if (no >= 0) latencies.push(performance.now() - start);
    }
    const sorted = Float64Array.from(latencies).sort();
    return {
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
      cpuMicros: ((cpuSeconds(gateway.pid) - before.own) / SEARCHES) * 1e6,
      databaseMicros: ((familyCpuSeconds(database) - before.database) / SEARCHES) * 1e6,
    };
  }
}

/** Writes notes into the memory and keeps account of what that costs. */
class Filler {
  texts = new Texts();
  written = 0;
  #seconds = 0;
  #databaseSeconds = 0;
  #analyser = new TextAnalyser();

  constructor(surroundings, memory, say) {
    Object.assign(this, { surroundings, memory, say });
  }

  async fill(tenants, many) {
    const each = Math.ceil(many / tenants.length);
    for (const tenant of tenants)
      for (let left = each; left > 0; left -= BATCH) {
        const notes = this.texts.notes(Math.min(BATCH, left));
        const [start, cpu] = [performance.now(), familyCpuSeconds(this.surroundings.databasePid())];
        await this.memory.add(
          tenant,
          notes,
          (of, text) => hashedTerms(of, this.#analyser.terms(text)),
          this.#analyser.version,
        );
        this.#seconds += (performance.now() - start) / 1_000;
        this.#databaseSeconds += familyCpuSeconds(this.surroundings.databasePid()) - cpu;
        this.written += notes.length;
        if (this.written % 50_000 === 0) this.say(`speed: ${this.written} entries written`);
      }
  }

  cost() {
    return {
      perSecond: this.written / this.#seconds,
      databaseMicrosAdded: (this.#databaseSeconds / this.written) * 1e6,
    };
  }

  startAnew() {
    Object.assign(this, { written: 0 });
  }

  /** As autovacuum leaves it after a while. */
  async settle() {
    const { database } = this.surroundings;
    await database.query('vacuum analyze memory_index, memory_terms, memory_entries, memory_totals');
    const { rows } = await database.query(
      `select (pg_total_relation_size('memory_index') + pg_total_relation_size('memory_terms'))::float8 as bytes,
        (select sum(entries) from memory_totals)::float8 as entries`,
    );
    return { bytesPerEntry: rows[0].bytes / rows[0].entries };
  }
}
