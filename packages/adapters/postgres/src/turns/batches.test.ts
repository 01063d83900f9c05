import { describe, expect, it } from '@jest/globals';
import { Batches } from './batches.js';

interface Call {
  key: string;
  value: number;
}

/** Batches whose statements end when they are told to. */
function controlled(fails: (values: number[]) => boolean = () => false) {
  const started: number[][] = [];
  const endings: (() => void)[] = [];
  const work = async (values: number[]) => {
    started.push(values);
    await new Promise<void>((resolve) => endings.push(resolve));
    if (fails(values)) throw new Error(`refused ${values.join()}`);
  };
  const batches = new Batches<Call, number>({
    one: async ({ value }) => {
      await work([value]);
      return value * 10;
    },
    many: async (calls) => {
      const values = calls.map(({ value }) => value);
      return work(values).then(
        () => values.map((value) => value * 10),
        () => undefined,
      );
    },
    keyOf: ({ key }) => key,
    weightOf: ({ value }) => value,
  });
  const untilStarted = async (many: number) => {
    while (started.length < many) await new Promise(setImmediate);
  };
  return { batches, started, untilStarted, end: (no: number) => endings[no]?.() };
}

describe('Batches', () => {
  it('sends a call that comes alone at once and alone, and what comes meanwhile together', async () => {
    const { batches, started, untilStarted, end } = controlled();
    const first = batches.add({ key: 'a', value: 1 });
    await untilStarted(1);
    const rest = Promise.all(['b', 'c', 'd'].map((key, at) => batches.add({ key, value: at + 2 })));
    end(0);
    expect(await first).toBe(10);
    await untilStarted(2);
    end(1);
    expect(await rest).toEqual([20, 30, 40]);
    expect(started).toEqual([[1], [2, 3, 4]]);
  });

  it('keeps the calls of one key apart and in their order', async () => {
    const { batches, started, untilStarted, end } = controlled();
    const all = Promise.all([
      batches.add({ key: 'a', value: 1 }),
      batches.add({ key: 'a', value: 2 }),
      batches.add({ key: 'b', value: 3 }),
      batches.add({ key: 'a', value: 4 }),
    ]);
    for (let no = 0; no < 3; no++) {
      await untilStarted(no + 1);
      end(no);
    }
    expect(await all).toEqual([10, 20, 30, 40]);
    expect(started).toEqual([[1, 3], [2], [4]]);
  });

  it('overtakes a statement that is slow, but not for its own keys', async () => {
    const { batches, started, untilStarted, end } = controlled();
    const slow = batches.add({ key: 'a', value: 1 });
    await untilStarted(1);
    const same = batches.add({ key: 'a', value: 2 });
    const other = batches.add({ key: 'b', value: 3 });
    await untilStarted(2);
    end(1);
    expect(await other).toBe(30);
    expect(started).toEqual([[1], [3]]);
    end(0);
    expect(await slow).toBe(10);
    await untilStarted(3);
    end(2);
    expect(await same).toBe(20);
  });

  it('tries each by itself when nothing came of all together', async () => {
    const { batches, started, untilStarted, end } = controlled((values) => values.includes(2));
    const all = Promise.allSettled(['a', 'b', 'c'].map((key, at) => batches.add({ key, value: at + 1 })));
    await untilStarted(1);
    end(0);
    await untilStarted(4);
    for (const no of [1, 2, 3]) end(no);
    const outcomes = await all;
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(started).toEqual([[1, 2, 3], [1], [2], [3]]);
  });

  it('does not put together what is heavy', async () => {
    const { batches, started, untilStarted, end } = controlled();
    const all = Promise.all([3_000_000, 2_000_000, 9_000_000].map((value) => batches.add({ key: `${value}`, value })));
    for (let no = 0; no < 3; no++) {
      await untilStarted(no + 1);
      end(no);
    }
    await all;
    expect(started).toEqual([[3_000_000], [2_000_000], [9_000_000]]);
  });
});
