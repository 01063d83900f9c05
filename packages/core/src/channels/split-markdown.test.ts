import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { splitMarkdown } from './split-markdown.js';

const letters = (text: string) => text.replaceAll(/\s/g, '');

describe('splitMarkdown', () => {
  it('leaves what fits as it is', () => {
    assert.deepEqual(splitMarkdown('  hello\n', 100), ['  hello\n']);
  });

  it('cuts between paragraphs, and keeps as many together as fit', () => {
    const paragraph = `${'word '.repeat(9)}end`;
    const parts = splitMarkdown([paragraph, paragraph, paragraph, paragraph, paragraph].join('\n\n'), 120);
    assert.deepEqual(parts, [`${paragraph}\n\n${paragraph}`, `${paragraph}\n\n${paragraph}`, paragraph]);
  });

  it('cuts a long paragraph between lines, a long line between words, a long word between characters', () => {
    const text = `first line\n${'word '.repeat(40)}\n${'x'.repeat(150)}`;
    const parts = splitMarkdown(text, 64);
    assert.ok(parts.every((part) => part.length <= 64 && part.length > 0));
    assert.equal(letters(parts.join('')), letters(text));
    assert.equal(parts[0]?.startsWith('first line\nword word'), true);
    assert.ok(parts.slice(0, 3).every((part) => part.endsWith('word')));
  });

  it('never cuts inside a code point, nor inside a character as people see it', () => {
    const family = '👩‍👩‍👧‍👦';
    const parts = splitMarkdown(family.repeat(40), 64);
    assert.ok(parts.every((part) => part.isWellFormed() && part.length <= 64 && part.replaceAll(family, '') === ''));
    const zalgo = `e${'\u0301'.repeat(500)}`;
    assert.equal(splitMarkdown(zalgo, 64).join(''), zalgo);
  });

  it('keeps a code block whole where it fits', () => {
    const code = '```js\nlet a = 1;\n\nlet b = 2;\n```';
    const parts = splitMarkdown(`${'before '.repeat(8)}\n${code}\n${'after '.repeat(8)}`, 64);
    assert.ok(
      parts.some((part) => part.includes(code)),
      parts.join('\n----\n'),
    );
  });

  it('closes and opens again a code block that is longer, with its language', () => {
    const lines = Array.from({ length: 40 }, (_, no) => `line ${no};`);
    const parts = splitMarkdown(`Look:\n\n\`\`\`\`ts\n${lines.join('\n')}\n\`\`\`\`\n\nDone.`, 100);
    const inside = parts.filter((part) => part.includes('````'));
    assert.ok(inside.length > 1);
    for (const part of inside) {
      assert.ok(part.length <= 100, String(part.length));
      assert.equal(part.match(/````ts\n/g)?.length, 1);
      assert.equal(part.match(/^````$/gm)?.length, 1);
    }
    const said = inside
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith('line'));
    assert.deepEqual(said, lines);
    assert.equal(parts[0]?.startsWith('Look:'), true);
    assert.equal(parts.at(-1)?.endsWith('Done.'), true);
  });

  it('takes a code block that nobody closed', () => {
    const parts = splitMarkdown(`\`\`\`\n${'code\n'.repeat(60)}`, 80);
    assert.ok(parts.every((part) => part.startsWith('```\n') && part.endsWith('\n```') && part.length <= 80));
  });

  it('counts as the platform does', () => {
    const escaped = (text: string) => text.replaceAll('<', '&lt;').length;
    const parts = splitMarkdown('<'.repeat(300), 64, escaped);
    assert.ok(parts.every((part) => escaped(part) <= 64));
    assert.equal(parts.join(''), '<'.repeat(300));
  });

  it('says something even of white space', () => {
    assert.deepEqual(splitMarkdown(' '.repeat(100), 64), [' ']);
  });

  it('takes a long text in time that grows with its length', () => {
    for (const text of ['a'.repeat(200_000), 'a '.repeat(100_000), '\n'.repeat(200_000), '```\n'.repeat(50_000)]) {
      const parts = splitMarkdown(text, 2_000);
      assert.ok(parts.every((part) => part.length <= 2_000));
    }
  });
});
