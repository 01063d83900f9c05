import { describe, expect, it } from '@jest/globals';
import { DeltaTemplate } from './delta-template.js';

const textOf = (chunk: unknown) => (chunk as { d?: { content?: unknown } } | undefined)?.d?.content;
const chunk = (content: string, id = 'x') => JSON.stringify({ id, d: { content }, finish: null });

describe('DeltaTemplate', () => {
  it('cuts the text out of chunks like the one it has learned', () => {
    const template = new DeltaTemplate();
    expect(template.match(chunk('one'))).toBeUndefined();
    template.learn(chunk('one'), 'one', textOf);
    expect(template.match(chunk('two words'))).toBe('two words');
    expect(template.match(chunk('für 猫 🐈'))).toBe('für 猫 🐈');
  });

  it.each([
    ['another member differs', chunk('two', 'y')],
    ['the text is escaped', chunk('two\n')],
    ['a quote is escaped', chunk('a "quoted" word')],
    ['the text is empty', chunk('')],
    ['it is no chunk', '[DONE]'],
    ['something comes after the text', chunk('two').replace('"two"', '"two","content":"three"')],
    ['a control character stands in it', chunk('two').replace('two', 't\u0001wo')],
  ])('leaves a chunk to be parsed where %s', (_why, data) => {
    const template = new DeltaTemplate();
    template.learn(chunk('one'), 'one', textOf);
    expect(template.match(data)).toBeUndefined();
  });

  it('finds the place of the text where the same text stands elsewhere, too', () => {
    const template = new DeltaTemplate();
    template.learn(JSON.stringify({ id: 'same', d: { content: 'same' } }), 'same', textOf);
    expect(template.match(JSON.stringify({ id: 'same', d: { content: 'other' } }))).toBe('other');
  });

  it('learns nothing where it would take another member for the text', () => {
    const template = new DeltaTemplate();
    const data = (content: string, end: string) => JSON.stringify({ d: { content }, end });
    template.learn(data('same', 'same'), 'same', textOf);
    expect(template.match(data('same', 'other'))).toBeUndefined();
    template.learn(data('one', 'same'), 'one', textOf);
    expect(template.match(data('two', 'same'))).toBe('two');
  });

  it('gives up on a provider whose chunks are all different', () => {
    const template = new DeltaTemplate();
    for (const id of ['a', 'b', 'c', 'd']) template.learn(chunk('one', id), 'one', textOf);
    expect(template.match(chunk('two', 'c'))).toBe('two');
    expect(template.match(chunk('two', 'd'))).toBeUndefined();
  });
});
