import { describe, expect, it } from '@jest/globals';
import { content, splitForDiscord } from './message-content.js';

const codePoints = (text: string) => Array.from(text).length;

describe('the content of a message', () => {
  it.each([
    ['**b** *i* ~~s~~ `c` [t](https://a.example)', '**b** *i* ~~s~~ `c` [t](https://a.example)'],
    ['# one\n\n### three\n\n#### four\n\ntext', '# one\n\n### three\n\n**four**\n\ntext'],
    ['a\n\n---\n\nb', 'a\n\n———\n\nb'],
    ['| a | bc |\n|---|---|\n| 1 | 2 |', '```\na | bc\n--+---\n1 | 2\n```'],
    ['| a |\n|---|\n| ```x |', "```\na\n----\n'''x\n```"],
    ['```ts\n| a |\n|---|\n```', '```ts\n| a |\n|---|\n```'],
    ['| a |\n|---|\n\ntext', '```\na\n-\n```\n\ntext'],
    ['> quote\n> more', '> quote\n> more'],
    ['- one\n  - two', '- one\n  - two'],
    ['[a]: https://a.example', '[a]: https://a.example'],
    ['>'.repeat(1_900), '>'.repeat(1_900)],
  ])('%j', (markdown, shown) => expect(content(markdown)).toBe(shown));

  it.each([
    ['a table that grows', `| a | b |\n|---|---|\n| ${'x'.repeat(400)} | y |\n${'| z | z |\n'.repeat(60)}`],
    ['emoji, which count once', '🎉'.repeat(5_000)],
    ['families', '👩‍👩‍👧‍👦'.repeat(900)],
    ['quotes within quotes', '>'.repeat(5_000)],
    ['words', 'word '.repeat(3_000)],
  ])('is never longer than Discord takes: %s', (_, text) => {
    for (const part of splitForDiscord(text)) expect(codePoints(content(part))).toBeLessThanOrEqual(2_000);
  });

  it('is counted in code points', () => {
    expect(splitForDiscord('🎉'.repeat(2_000))).toHaveLength(1);
    expect(splitForDiscord('🎉'.repeat(2_001))).toHaveLength(2);
  });
});
