import { describe, expect, it } from '@jest/globals';
import type { RunEvent } from './agent-runner.js';
import { SoundRun } from './sound-run.js';

const finish = (more = {}): RunEvent => ({ type: 'finished', model: 'm', ...more });

function deltas(...texts: string[]): string[] {
  const run = new SoundRun();
  const events = [...texts.map((text): RunEvent => ({ type: 'delta', text })), finish()].flatMap((event) =>
    run.next(event),
  );
  return events.flatMap((event) => (event.type === 'delta' ? [event.text] : []));
}

function finished(more: object): RunEvent | undefined {
  return [new SoundRun().next(finish(more))].flat().at(-1);
}

describe('SoundRun', () => {
  it.each<[string, string[], string[]]>([
    ['leaves good text as it is', ['a', ' 🎉 ', '漢'], ['a', ' 🎉 ', '漢']],
    ['takes NUL out', ['a\0b', '\0', 'c'], ['ab', 'c']],
    ['puts a pair together that came in two', ['a\ud83c', '\udf89b'], ['a', '🎉b']],
    ['marks halves that stay halves', ['a\ud83c', 'b', '\udf89'], ['a', '\ufffdb', '\ufffd']],
    ['marks a half at the end', ['a\ud83c'], ['a', '\ufffd']],
  ])('%s', (_what, given, passed) => {
    expect(deltas(...given)).toEqual(passed);
  });

  it('keeps figures that are counts, and no others', () => {
    const good = { inputTokens: 0, outputTokens: 12 };
    expect(finished({ usage: good })).toEqual(finish({ usage: good }));
    for (const bad of [-1, 1.5, NaN, Infinity, 2 ** 31]) {
      expect(finished({ usage: { ...good, inputTokens: bad } })).toEqual(finish());
    }
  });

  it("keeps a model's name within bounds", () => {
    expect(finished({ model: `a\0${'b'.repeat(500)}` })).toEqual(finish({ model: `a${'b'.repeat(198)}` }));
  });
});
