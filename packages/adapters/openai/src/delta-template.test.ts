import { describe, expect, it } from '@jest/globals';
import { DeltaTemplate } from './delta-template.js';

const textOf = (chunk: unknown) => (chunk as { d?: { content?: unknown } } | undefined)?.d?.content;
const chunk = (content: string, id = 'x') => JSON.stringify({ id, d: { content }, finish: null });

/** The text of an event, if the template knows it. */
function textIn(template: DeltaTemplate, data: string): string | undefined {
  return template.take(`data: ${data}\n\n`, 0)?.known[0];
}

describe('DeltaTemplate', () => {
  it('cuts the text out of chunks like the one it has learned', () => {
    const template = new DeltaTemplate();
    expect(textIn(template, chunk('one'))).toBeUndefined();
    template.learn(chunk('one'), 'one', textOf);
    expect(textIn(template, chunk('two words'))).toBe('two words');
    expect(textIn(template, chunk('für 猫 🐈'))).toBe('für 猫 🐈');
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
    expect(textIn(template, data)).toBeUndefined();
  });

  it('finds the place of the text where the same text stands elsewhere, too', () => {
    const template = new DeltaTemplate();
    template.learn(JSON.stringify({ id: 'same', d: { content: 'same' } }), 'same', textOf);
    expect(textIn(template, JSON.stringify({ id: 'same', d: { content: 'other' } }))).toBe('other');
  });

  it('learns nothing where it would take another member for the text', () => {
    const template = new DeltaTemplate();
    const data = (content: string, end: string) => JSON.stringify({ d: { content }, end });
    template.learn(data('same', 'same'), 'same', textOf);
    expect(textIn(template, data('same', 'other'))).toBeUndefined();
    template.learn(data('one', 'same'), 'one', textOf);
    expect(textIn(template, data('two', 'same'))).toBe('two');
  });

  it('gives up on a provider whose chunks are all different', () => {
    const template = new DeltaTemplate();
    for (const id of ['a', 'b', 'c', 'd']) template.learn(chunk('one', id), 'one', textOf);
    expect(textIn(template, chunk('two', 'c'))).toBe('two');
    expect(textIn(template, chunk('two', 'd'))).toBeUndefined();
  });

  it('takes one event after the other, up to the first that it does not know or that is not whole', () => {
    const template = new DeltaTemplate();
    template.learn(chunk('one'), 'one', textOf);
    const event = (content: string, id?: string) => `data: ${chunk(content, id)}\n\n`;
    const begun = `: comment\n\n${event('two')}${event('three')}`;
    const at = begun.indexOf('data:');
    for (const rest of [event('four', 'y'), event('fo\nur'), event('four').slice(0, -1), '']) {
      expect(template.take(begun + rest, at)).toEqual({ known: ['two', 'three'], end: begun.length });
    }
    expect(template.take(begun, 0)).toBeUndefined();
    expect(template.take(begun, begun.length)).toBeUndefined();
  });
});
