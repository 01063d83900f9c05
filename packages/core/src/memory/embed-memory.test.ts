import { describe, expect, it } from '@jest/globals';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { ProviderError } from '../messages/agent-runner.js';
import { FixedClock } from '../shared/clock.js';
import { InMemoryLogger } from '../shared/logger.js';
import { CurrentEmbeddingModel } from './current-embedding-model.js';
import { EmbedMemory } from './embed-memory.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { InMemoryVectorIndex } from './in-memory-vector-index.js';
import { KeepMemory } from './keep-memory.js';
import type { EmbeddingModel } from './vector-index.js';
import { WatchEmbeddings } from './watch-embeddings.js';
import { WordAnalyser } from './word-analyser.js';

interface Call {
  tenant: string;
  token: string;
  inputs: string[];
}

type Answer = (call: Call) => number[][];

function memory(answer: Answer = ({ inputs }) => inputs.map(() => [1, 2])) {
  const configured: { model: EmbeddingModel | undefined } = {
    model: { provider: 'p', model: 'm', dimensions: undefined },
  };
  const index = new InMemoryMemoryIndex(new InMemoryConversations());
  const vectors = new InMemoryVectorIndex(index);
  const current = new CurrentEmbeddingModel(() => configured.model, vectors);
  const logger = new InMemoryLogger();
  const calls: Call[] = [];
  const texts = {
    execute: async (command: { tenant: string; token: string; inputs: string[] | number[][] }) => {
      const call = { ...command, inputs: command.inputs as string[] };
      calls.push(call);
      return { model: 'm', inputTokens: 1, vectors: answer(call) };
    },
  };
  const embed = new EmbedMemory(current, texts, vectors, index, logger);
  const keep = new KeepMemory(index, new WordAnalyser(), new FixedClock(new Date(0)));
  const add = (tenant: string, ...contents: string[]) =>
    keep.add(
      tenant,
      contents.map((content) => ({ content })),
    );
  const execute = (signal = new AbortController().signal) => embed.execute(signal);
  return { configured, index, vectors, current, logger, calls, add, execute };
}

const refused = (status: number) => new ProviderError('no', { retryable: false, status });

describe('EmbedMemory', () => {
  it('embeds everything that waits, in batches, each tenant’s texts by themselves', async () => {
    const { vectors, calls, add, execute } = memory();
    await add('one', ...Array.from({ length: 150 }, (_, at) => `text ${at}`));
    await add('other', 'a text', 'x'.repeat(60_000));
    await execute();
    expect((await vectors.progress('one'))?.waiting).toBe(0);
    expect((await vectors.progress('other'))?.waiting).toBe(0);
    expect(calls.map(({ tenant, inputs }) => [tenant, inputs.length]).sort()).toEqual([
      ['one', 22],
      ['one', 64],
      ['one', 64],
      ['other', 2],
    ]);
    expect(new Set(calls.map(({ token }) => token))).toEqual(new Set(['memory']));
    expect(Math.max(...calls.flatMap(({ inputs }) => inputs.map(({ length }) => length)))).toBe(8_000);
    await execute();
    expect(calls).toHaveLength(4);
  });

  it('does nothing where no model is configured', async () => {
    const { configured, calls, add, execute } = memory();
    configured.model = undefined;
    await add('one', 'a text');
    await execute();
    expect(calls).toEqual([]);
  });

  it('embeds anew when the model is another one', async () => {
    const { configured, vectors, calls, add, execute } = memory();
    await add('one', 'a text');
    await execute();
    configured.model = { provider: 'p', model: 'another', dimensions: 2 };
    await execute();
    expect(calls).toHaveLength(2);
    expect(await vectors.progress('one')).toEqual({ model: 'another', embedded: 1, waiting: 0 });
  });

  it('throws what the endpoint says, and keeps what was embedded by then', async () => {
    let left = 1;
    const { vectors, add, execute } = memory(({ inputs }) => {
      if (left-- === 0) throw refused(503);
      return inputs.map(() => [1, 2]);
    });
    await add('one', ...Array.from({ length: 70 }, (_, at) => `text ${at}`));
    await expect(execute()).rejects.toThrow('no');
    expect((await vectors.progress('one'))?.embedded).toBe(64);
    left = 10;
    await execute();
    expect((await vectors.progress('one'))?.embedded).toBe(70);
  });

  it('waits as long as it is told to', async () => {
    let busy = true;
    const { vectors, calls, add, execute } = memory(({ inputs }) => {
      if (!busy) return inputs.map(() => [1, 2]);
      busy = false;
      throw new ProviderError('busy', { retryable: true, status: 429, retryAfterMs: 1 });
    });
    await add('one', 'a text');
    await execute();
    expect(calls).toHaveLength(2);
    expect((await vectors.progress('one'))?.waiting).toBe(0);
  });

  it('gives one that is refused ever less of its text, and all the others their vectors', async () => {
    const { calls, vectors, add, execute } = memory(({ inputs }) => {
      if (inputs.some((text) => text.length > 1_000)) throw refused(400);
      return inputs.map(() => [1, 2]);
    });
    await add('one', 'a', 'b', 'c', 'y'.repeat(6_000));
    await execute();
    expect((await vectors.progress('one'))?.waiting).toBe(0);
    expect(calls.at(-1)?.inputs.length).toBeLessThanOrEqual(2);
    expect(calls.map(({ inputs }) => Math.max(...inputs.map(({ length }) => length)))).toContain(750);
  });

  it('lets one go that nothing helps, but not for what is wrong with the model', async () => {
    let broken = true;
    const { logger, vectors, current, add, execute } = memory(({ inputs }) => {
      if (broken || inputs.includes('poison')) throw refused(400);
      return inputs.map(() => [1, 2]);
    });
    await add('one', 'poison', 'fine');
    await expect(execute()).rejects.toThrow('no');
    expect((await vectors.progress('one'))?.waiting).toBe(2);
    broken = false;
    await execute();
    expect((await vectors.progress('one'))?.waiting).toBe(0);
    const { id = 0 } = (await current.get()) ?? {};
    const query = { model: id, vector: Float32Array.of(1, 0), filter: {}, limit: 9, lexical: [] };
    expect(await vectors.nearest('one', query)).toHaveLength(1);
    expect(logger.entries).toHaveLength(1);
    expect(JSON.stringify(logger.entries)).not.toContain('poison');
  });

  it.each<[string, Answer]>([
    ['of another length than is configured', ({ inputs }) => inputs.map(() => [1, 2])],
    ['of different lengths', ({ inputs }) => inputs.map((_, at) => Array<number>(at + 3).fill(1))],
  ])('stores no vectors %s', async (_what, answer) => {
    const { configured, vectors, add, execute } = memory(answer);
    configured.model = { provider: 'p', model: 'm', dimensions: 3 };
    await add('one', 'a', 'b');
    await expect(execute()).rejects.toThrow('figures');
    expect((await vectors.progress('one'))?.embedded).toBe(0);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const { calls, add, execute } = memory(({ inputs }) => {
      stop.abort();
      return inputs.map(() => [1, 2]);
    });
    await add('one', ...Array.from({ length: 300 }, (_, at) => `text ${at}`));
    await execute(stop.signal);
    expect(calls.length).toBeLessThanOrEqual(4);
  });
});

describe('WatchEmbeddings', () => {
  it('asks for a job while something waits', async () => {
    const { current, vectors, logger, add, execute } = memory();
    await add('one', 'a text');
    const requested = Promise.withResolvers<void>();
    const jobs = { request: async () => requested.resolve() };
    const watch = new WatchEmbeddings(current, vectors, jobs, logger, 1);
    watch.start();
    await requested.promise;
    await execute();
    await watch.close();
    expect(await vectors.anyWaiting()).toBe(false);
    expect(logger.entries).toEqual([]);
  });
});
