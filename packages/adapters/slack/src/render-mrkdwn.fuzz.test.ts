import { describe, expect, it } from '@jest/globals';
import { escapeMrkdwn } from './escape-mrkdwn.js';
import { readText } from './incoming-text.js';
import { LONGEST_TEXT, renderMrkdwn } from './render-mrkdwn.js';
import { LONGEST_PART, splitMessage } from './split-message.js';

const PIECES = [
  ...[
    '<!channel>',
    '<!here|x>',
    '<!everyone>',
    '<@U0000ADA>',
    '<@U1|ada>',
    '<!subteam^S1|@t>',
    '<#C1|general>',
    '@here',
  ],
  ...['&lt;!here&gt;', '&#60;@U1&#62;', '&#x3c;!channel&#x3E;', '&amp;lt;!here&amp;gt;', '&#0;', '&#xD800;', '&nbsp;'],
  ...['[x](!channel)', '[x](@U1)', '[x](<!here>)', '[<!here>](https://e.com)', '[a|b](https://e.com/|<!here>)'],
  ...['[https://bank.com](https://evil.com)', '![<@U1>](!here)', '[r]: !channel\n', '[r]', '<https://e.com|<!here>>'],
  ...[
    '[x](javascript:alert(1))',
    '[x](mailto:a@b.c|<!here>)',
    '[x](tel:1>2<!here>)',
    '<me@e.com>',
    'www.e.com/<!here>',
  ],
  ...[
    'https://e.com/a_b*c~d`e|f<!here>',
    'http://e.com?a=<@U1>&b',
    '\\<!here\\>',
    '\\[x\\](y)',
    '<b><!here></b>',
    '<!-- <!here> -->',
  ],
  ...[
    '**',
    '*',
    '_',
    '__',
    '~~',
    '~',
    '`',
    '``',
    '```',
    '~~~',
    '```js\n',
    '\n```\n',
    '    ',
    '\t',
    '> ',
    '- ',
    '1. ',
    '- [ ] ',
  ],
  ...[
    '# ',
    '---',
    '\n',
    '\n\n',
    '| a | b |\n|---|---|\n',
    '| <!here> | x |\n',
    '|',
    '\\',
    '\u200b',
    '\u0000',
    '\u202e',
    '\ud800',
  ],
  ...[
    'word',
    '안녕',
    '하세요',
    '🎉',
    '👨‍👩‍👧',
    'é',
    'a'.repeat(80),
    '&'.repeat(40),
    '<'.repeat(40),
    '>'.repeat(30),
    '['.repeat(30),
  ],
];

describe('what comes out of any Markdown', () => {
  // The same texts in each run: a failure can be looked at.
  const random = generator(20_261_126);
  const texts = Array.from({ length: 4_000 }, () => {
    const length = 1 + Math.floor(random() ** 3 * 120);
    return Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join(random() < 0.5 ? '' : ' ');
  });

  it('has no command in it, and fits', () => {
    for (const text of texts) {
      const rendered = renderMrkdwn(text);
      const commands = (rendered.match(/<[^>]*>?/g) ?? []).filter((found) => !HONEST.test(found));
      expect({ text, commands }).toEqual({ text, commands: [] });
      // Every `&` begins one of Slack's own entities.
      expect(rendered.replace(/&(?:amp|lt|gt);/g, '')).not.toContain('&');
      expect(rendered.length).toBeLessThanOrEqual(Math.max(LONGEST_TEXT, escapeMrkdwn(text).length));
      expect(rendered).not.toBe('');
    }
  });

  it('can be split, however long, into parts that fit', () => {
    for (let at = 0; at < texts.length; at += 20) {
      const text = texts.slice(at, at + 20).join('\n');
      const parts = splitMessage(text);
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) {
        expect(escapeMrkdwn(part).length).toBeLessThanOrEqual(LONGEST_PART);
        expect(renderMrkdwn(part).length).toBeLessThanOrEqual(LONGEST_TEXT);
        expect(part).not.toBe('');
      }
    }
  });

  it('is read again without an exception', async () => {
    for (const text of texts) await readText(text, (id) => Promise.resolve(id));
  });
});

const HONEST = /^<(?:https?|mailto|tel):[^<>|\s]*(?:\|[^<>]*)?>$/;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
