import { describe, expect, it } from '@jest/globals';
import { InMemoryLogger } from '../shared/logger.js';
import { EmbedQuery } from './embed-query.js';

const MODEL = { id: 1, provider: 'p', model: 'm', dimensions: undefined };

function endpoint(answer: (text: string, signal: AbortSignal) => Promise<number[]>) {
  const asked: string[] = [];
  let now = 0;
  const texts = {
    execute: async ({ inputs }: { inputs: string[] | number[][] }, signal: AbortSignal) => {
      const [text] = inputs as string[];
      asked.push(text ?? '');
      return { model: 'm', inputTokens: 1, vectors: [await answer(text ?? '', signal)] };
    },
  };
  const logger = new InMemoryLogger();
  const query = new EmbedQuery(texts, logger, 20, () => now);
  return { asked, logger, query, pass: (ms: number) => (now += ms) };
}

const away = () => Promise.reject(new Error('away'));

describe('EmbedQuery', () => {
  it('gives vectors of length 1, and asks once for the same query of the same tenant', async () => {
    const { query, asked } = endpoint(async () => [3, 4]);
    const vectors = await Promise.all([query.execute('a', MODEL, 'x'), query.execute('a', MODEL, 'x')]);
    expect(vectors.map((vector) => [...(vector ?? [])].map((figure) => figure.toFixed(2)))).toEqual([
      ['0.60', '0.80'],
      ['0.60', '0.80'],
    ]);
    await query.execute('b', MODEL, 'x');
    await query.execute('a', { ...MODEL, id: 2 }, 'x');
    await query.execute('a', MODEL, 'y');
    expect(asked).toEqual(['x', 'x', 'x', 'y']);
  });

  it.each<[string, () => Promise<number[]>]>([
    ['is away', away],
    ['answers nothing', async () => []],
    ['answers zeros', async () => [0, 0]],
    ['answers what is no number', async () => [Number.NaN, 1]],
    ['answers another length', async () => [1, 2, 3]],
  ])('gives nothing where the endpoint %s, and tries again', async (_what, answer) => {
    const { query, asked, logger } = endpoint(answer);
    const model = { ...MODEL, dimensions: 2 };
    expect(await query.execute('a', model, 'x')).toBeUndefined();
    expect(await query.execute('a', model, 'x')).toBeUndefined();
    expect(asked).toHaveLength(2);
    expect(logger.entries.map(({ level }) => level)).toEqual(['warn', 'warn']);
  });

  it('breaks off a call that takes too long', async () => {
    const { query } = endpoint(
      (_text, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('broken off')))),
    );
    expect(await query.execute('a', MODEL, 'x')).toBeUndefined();
  });

  it('leaves an endpoint alone that failed three times, then lets one call find out', async () => {
    let fails = true;
    const { query, asked, pass } = endpoint(() => (fails ? away() : Promise.resolve([1])));
    for (const text of ['1', '2', '3', '4', '5']) await query.execute('a', MODEL, text);
    expect(asked).toEqual(['1', '2', '3']);
    pass(30_000);
    await Promise.all(['6', '7'].map((text) => query.execute('a', MODEL, text)));
    expect(asked).toEqual(['1', '2', '3', '6']);
    pass(30_000);
    fails = false;
    expect(await query.execute('a', MODEL, '8')).toBeDefined();
    expect(await query.execute('a', MODEL, '9')).toBeDefined();
  });

  it('asks another model’s endpoint at once, whatever that of the one before has done', async () => {
    const { query, asked } = endpoint(away);
    for (const text of ['1', '2', '3', '4']) await query.execute('a', MODEL, text);
    await query.execute('a', { ...MODEL, id: 2 }, '5');
    expect(asked).toEqual(['1', '2', '3', '5']);
  });
});
