import { describe, expect, it } from '@jest/globals';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { FixedClock } from '../shared/clock.js';
import { newId } from '../shared/ids.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { KeepMemory } from './keep-memory.js';
import { SearchMemory } from './search-memory.js';
import { WordAnalyser } from './word-analyser.js';

const TENANT = 'acme';

function memory() {
  const data = new InMemoryConversations();
  const turns = new InMemoryTurnStore(data);
  const index = new InMemoryMemoryIndex(data);
  const analyser = new WordAnalyser();
  const keep = new KeepMemory(index, analyser, new FixedClock(new Date('2026-05-01T00:00:00Z')));
  const search = new SearchMemory(index, analyser);
  const find = async (query: string, more = {}) =>
    (await search.execute({ tenant: TENANT, query, limit: 10, ...more })).results;
  const say = async (conversationId: string, content: string) => {
    const { ref } = await turns.begin({
      ...{ tenant: TENANT, conversationId, turnId: newId('msg'), message: { id: newId('msg'), content }, request: {} },
      conversation: { channel: 'api', agentId: 'main', summary: '' },
      durable: false,
      historyLimits: { maxMessages: 1, maxTokens: 1 },
    });
    const answer = { model: 'm', usage: { inputTokens: 1, outputTokens: 1 }, skillsUsed: [], latencyMs: 1 };
    await turns.complete(ref, { id: ref.id, conversationId, content: 'I see', interrupted: false, ...answer });
  };
  return { index, keep, search, find, say };
}

describe('KeepMemory', () => {
  it('lists what was said a moment ago, page by page, and tells how much there is', async () => {
    const { keep, say } = memory();
    await keep.add(TENANT, [{ content: 'a note' }]);
    await say('c1', 'hello');
    const { entries, more, total } = await keep.list(TENANT, { limit: 2 });
    expect([entries.map(({ content }) => content), more, total]).toEqual([['a note', 'hello'], true, 3]);
    const rest = await keep.list(TENANT, { limit: 2, after: entries.at(-1)?.no });
    expect([rest.entries.map(({ content }) => content), rest.more, rest.total]).toEqual([['I see'], false, 3]);
  });

  it('forgets what was said a moment ago, once it is confirmed', async () => {
    const { keep, say, find } = memory();
    await say('c1', 'a quokka');
    const refused = await keep.prune({ tenant: TENANT, confirm: false }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ details: { would_prune: 2 } });
    await say('c1', 'another quokka');
    expect(await keep.prune({ tenant: TENANT, confirm: true })).toBe(4);
    expect(await find('quokka')).toEqual([]);
  });
});

describe('SearchMemory', () => {
  it('puts what has the rarer words first', async () => {
    const { keep, find } = memory();
    await keep.add(TENANT, [{ content: 'the cat sat' }, { content: 'the cat saw a gnu' }, { content: 'the dog' }]);
    expect((await find('the cat and the gnu')).map(({ content }) => content)).toEqual([
      'the cat saw a gnu',
      'the cat sat',
    ]);
  });

  it('gives scores from 0 to 1 that can be compared between queries', async () => {
    const { keep, find } = memory();
    await keep.add(TENANT, [{ content: 'figs and plums' }, { content: 'other things' }]);
    const [whole] = await find('figs and plums');
    const [half] = await find('figs and bananas and much more');
    expect(whole?.score).toBeLessThanOrEqual(1);
    expect(whole?.score).toBeGreaterThan(0.6);
    expect(half?.score).toBeLessThan(0.4);
    expect(await find('figs and bananas and much more', { minScore: 0.4 })).toEqual([]);
  });

  it('reads the first results, and the others only where those are not enough', async () => {
    const { index, keep, find } = memory();
    await keep.add(TENANT, [
      { content: 'figs' },
      { content: 'figs and plums' },
      { content: 'figs and plums and pears' },
    ]);
    const read: number[] = [];
    const original = index.read.bind(index);
    index.read = (tenant, nos, filter) => {
      read.push(nos.length);
      return original(tenant, nos, filter);
    };
    const all = await find('pears plums figs');
    const few = await find('pears plums figs', { first: { many: 1, enough: () => true } });
    const more = await find('pears plums figs', { first: { many: 1, enough: () => false } });
    expect(few).toEqual(all.slice(0, 1));
    expect(more).toEqual(all);
    expect(read).toEqual([3, 1, 1, 2]);
    await find('pears plums figs', { limit: 1, first: { many: 1, enough: () => false } });
    expect(read).toEqual([3, 1, 1, 2, 1]);
  });

  it('lets neighbours in a talk lift each other, and leaves single notes alone', async () => {
    const { keep, find } = memory();
    await keep.add(TENANT, [
      { content: 'where did you go with the tapir', sessionId: 's' },
      { content: 'to Lisbon by train', sessionId: 's' },
      { content: 'to Porto by train' },
      { content: 'a tapir' },
    ]);
    const found = (await find('tapir train')).map(({ content }) => content);
    expect(found.indexOf('to Lisbon by train')).toBeLessThan(found.indexOf('to Porto by train'));
    const single = (await find('tapir train', { filter: { type: 'long-term' } })).find(
      ({ content }) => content === 'to Porto by train',
    );
    const alone = memory();
    await alone.keep.add(TENANT, [
      { content: 'to Porto by train' },
      { content: 'a tapir' },
      { content: 'x' },
      { content: 'y' },
    ]);
    expect(single).toBeDefined();
    expect((await alone.find('tapir train')).length).toBe(2);
  });

  it('leaves out what the asker knows of a conversation', async () => {
    const { keep, say, find } = memory();
    for (const text of ['an old tapir', 'a new tapir']) await say('c', text);
    await keep.add(TENANT, [{ content: 'a noted tapir', sessionId: 'c' }]);
    const filter = { conversationId: 'c' };
    const known = { conversationId: 'c', from: 2 };
    const texts = (hits: { content: string }[]) => hits.map(({ content }) => content).sort();
    expect(texts(await find('tapir', { filter, known }))).toEqual(['a noted tapir', 'an old tapir']);
    expect(await find('tapir', { filter })).toHaveLength(3);
  });

  it('lifts what the named author said, and what is of the named date', async () => {
    const { keep, find } = memory();
    const at = (day: string) => new Date(`${day}T12:00:00Z`);
    await keep.add(TENANT, [
      { content: 'it rained', author: 'Bo', createdAt: at('2026-01-02') },
      { content: 'it rained', author: 'Ann', createdAt: at('2026-01-01') },
    ]);
    expect((await find('what did ann say: rained?'))[0]?.author).toBe('Ann');
    expect((await find('rained'))[0]?.author).toBe('Bo');
    for (const date of ['2026-01-01', 'January 1, 2026', '1 January 2026', '2026年1月1日', '2026년 1월 1일'])
      expect((await find(`rained ${date}`))[0]?.author).toBe('Ann');
  });

  it('answers a query of words that are everywhere from the newest', async () => {
    const { keep, find } = memory();
    await keep.add(
      TENANT,
      Array.from({ length: 3_100 }, (_, no) => ({ content: `the ${no}` })),
    );
    const found = await find('the');
    expect(found).toHaveLength(10);
    expect(found[0]?.content).toBe('the 3099');
  });

  it('finds nothing for nothing', async () => {
    const { find, keep } = memory();
    expect(await find('anything')).toEqual([]);
    await keep.add(TENANT, [{ content: 'something' }]);
    expect(await find('?!')).toEqual([]);
    expect(await find('else')).toEqual([]);
  });
});
