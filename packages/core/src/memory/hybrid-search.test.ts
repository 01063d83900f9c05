import { describe, expect, it } from '@jest/globals';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { FixedClock } from '../shared/clock.js';
import { InMemoryLogger } from '../shared/logger.js';
import { CurrentEmbeddingModel } from './current-embedding-model.js';
import { HybridSearch } from './hybrid-search.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { InMemoryVectorIndex } from './in-memory-vector-index.js';
import { KeepMemory } from './keep-memory.js';
import { SearchMemory } from './search-memory.js';
import { unitVector } from './unit-vector.js';
import type { EmbeddingModel } from './vector-index.js';
import { WordAnalyser } from './word-analyser.js';

const TENANT = 'acme';
const unit = (...figures: number[]) => unitVector(figures) ?? new Float32Array();

/** Notes of two animals and a drink; what a query means is the direction of its first letter. */
async function memory(means: (query: string) => Promise<Float32Array | undefined>) {
  const configured: { model: EmbeddingModel | undefined } = {
    model: { provider: 'p', model: 'm', dimensions: undefined },
  };
  const index = new InMemoryMemoryIndex(new InMemoryConversations());
  const analyser = new WordAnalyser();
  const vectors = new InMemoryVectorIndex(index);
  const current = new CurrentEmbeddingModel(() => configured.model, vectors);
  const logger = new InMemoryLogger();
  const asked: string[] = [];
  const query = {
    execute: (_tenant: string, _model: object, text: string) => {
      asked.push(text);
      return means(text);
    },
  };
  const search = new HybridSearch(new SearchMemory(index, analyser), current, query, vectors, logger);
  const notes = ['a cat', 'a lion', 'some tea'];
  await new KeepMemory(index, analyser, new FixedClock(new Date(0))).add(
    TENANT,
    notes.map((content) => ({ content, userId: content === 'a lion' ? 'leo' : 'ann' })),
  );
  const embed = async () => {
    const { id = 0 } = (await current.get()) ?? {};
    const directions = [unit(1, 0.1), unit(1, 0), unit(0, 1)];
    const entries = await index.list(TENANT, { limit: 3 });
    const made = entries.map(({ no }, at) => ({ tenant: TENANT, no, vector: directions[at] }));
    return vectors.store(id, made);
  };
  const find = (text: string, more = {}) => search.execute({ tenant: TENANT, query: text, limit: 10, ...more });
  return { configured, embed, find, asked, logger };
}

const contents = ({ results }: { results: { content: string }[] }) => results.map(({ content }) => content);

describe('HybridSearch', () => {
  it('finds what is meant in other words, best first', async () => {
    const { embed, find } = await memory(async () => unit(1, 0));
    await embed();
    const hits = await find('feline predator');
    expect(contents(hits)).toEqual(['a lion', 'a cat']);
    expect(hits.total).toBe(2);
    expect(hits.lexicalOnly).toBeUndefined();
    const scores = hits.results.map(({ score }) => score);
    expect(scores[0]).toBeCloseTo(1);
    expect(scores[1]).toBeLessThanOrEqual(scores[0] ?? 0);
  });

  it('puts first what both the words and the meaning find', async () => {
    const { embed, find } = await memory(async () => unit(1, 0));
    await embed();
    expect(contents(await find('cat'))[0]).toBe('a cat');
    expect(contents(await find('cat', { minScore: 0.999 }))).not.toContain('some tea');
  });

  it('keeps to the filter, and to the tenant', async () => {
    const { embed, find } = await memory(async () => unit(1, 0));
    await embed();
    expect(contents(await find('feline', { filter: { userId: 'ann' } }))).toEqual(['a cat']);
    expect(contents(await find('feline', { tenant: 'other' }))).toEqual([]);
  });

  it('finds by words what has no vector yet', async () => {
    const { find } = await memory(async () => unit(1, 0));
    const hits = await find('tea');
    expect(contents(hits)).toEqual(['some tea']);
    expect(hits.lexicalOnly).toBeUndefined();
  });

  it('asks nobody where no model is configured', async () => {
    const { configured, embed, find, asked } = await memory(async () => unit(1, 0));
    await embed();
    configured.model = undefined;
    const hits = await find('feline cat');
    expect([contents(hits), hits.lexicalOnly, asked]).toEqual([['a cat'], undefined, []]);
  });

  it('answers by words, and says so, where the endpoint is away', async () => {
    const { embed, find } = await memory(async () => undefined);
    await embed();
    const hits = await find('feline cat');
    expect([contents(hits), hits.lexicalOnly]).toEqual([['a cat'], true]);
  });

  it('answers by words, and says so, where the endpoint takes longer than it may', async () => {
    const { embed, find } = await memory(() => new Promise(() => undefined));
    await embed();
    const hits = await find('feline cat', { patienceMs: 1 });
    expect([contents(hits), hits.lexicalOnly]).toEqual([['a cat'], true]);
  });

  it('answers by words where the model’s vectors have another length by now', async () => {
    const { embed, find, logger } = await memory(async () => unit(1, 0, 0));
    await embed();
    const hits = await find('feline cat');
    expect([contents(hits), hits.lexicalOnly]).toEqual([['a cat'], true]);
    expect(logger.entries.map(({ level }) => level)).toEqual(['error']);
  });
});
