import { describe, expect, it } from '@jest/globals';
import { LONGEST_TEXT, renderMrkdwn } from './render-mrkdwn.js';

const ZWSP = '\u200b';

describe('renderMrkdwn', () => {
  it.each([
    ['plain text', 'plain text'],
    ['**bold**, *slanted*, ~~gone~~, `code`', '*bold*, _slanted_, ~gone~, `code`'],
    ['***both***', '_*both*_'],
    ['# A **great** title\n\ntext', '*A great title*\n\ntext'],
    ['one  \ntwo\nthree', 'one\ntwo\nthree'],
    ['a\n\n---\n\nb', 'a\n\n──────────\n\nb'],
    ['> said\n> twice', '> said\n> twice'],
    ['> - one\n> - two', '> • one\n> • two'],
    ['[name](https://example.com/a?b=1&c=2)', '<https://example.com/a?b=1&amp;c=2|name>'],
    ['see https://example.com/x.', 'see <https://example.com/x>.'],
    ['<me@example.com>', '<mailto:me@example.com>'],
    ['![a cat](https://example.com/cat.png)', '<https://example.com/cat.png|a cat>'],
    ['a &lt; b &amp; c &#128512; &copy;', 'a &lt; b &amp; c 😀 &amp;copy;'],
    ['a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
    ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
    ['`` a`b ``', 'a`b'],
    ['one<br>two <!-- secret -->', 'one\ntwo'],
  ])('%j', (markdown, expected) => {
    expect(renderMrkdwn(markdown)).toBe(expected);
  });

  it('sets marks apart from the words that they touch', () => {
    expect(renderMrkdwn('**OpenClaw**는 좋다')).toBe(`*OpenClaw*${ZWSP}는 좋다`);
    expect(renderMrkdwn('un**believ**able')).toBe(`un${ZWSP}*believ*${ZWSP}able`);
  });

  it('shows lists, numbered, nested and of tasks', () => {
    const markdown = '3. three\n4. four\n   - inner **bold**\n   - more\n\n- [x] done\n- [ ] open';
    expect(renderMrkdwn(markdown)).toBe('3. three\n4. four\n    • inner *bold*\n    • more\n\n☑ done\n☐ open');
  });

  it('keeps code as it is, and keeps it from ending early', () => {
    expect(renderMrkdwn('```js\nif (a < b && c) `x`;\n\n  **y**\n```')).toBe(
      '```\nif (a &lt; b &amp;&amp; c) `x`;\n\n  **y**\n```',
    );
    expect(renderMrkdwn('````\n```\nin\n```\n````')).not.toMatch(/^```\n```/);
  });

  it('shows a table in columns', () => {
    expect(renderMrkdwn('| name | 값 |\n|---|--:|\n| **a** | 1 |\n| 가나 | `<2>` |')).toBe(
      '```\nname | 값\n-----|----\na    | 1\n가나 | &lt;2&gt;\n```',
    );
    const wide = renderMrkdwn(`| a | b |\n|---|---|\n| ${'x'.repeat(500)} | y |\n${'| 1 | 2 |\n'.repeat(100)}`);
    expect(wide.length).toBeLessThan(2_500);
  });

  it.each([
    '<!channel> <!here|here> <!everyone> <@U123> <@U123|ada> <!subteam^S123> <#C123>',
    '&lt;!channel&gt; &#60;!here&#62; &#x3c;@U123&#x3e;',
    '[all](!channel) [you](@U123) [team](!subteam^S1) [room](#C123)',
    '[all](<!channel>) ![all](!everyone) [x]: !here\n\n[x]',
    '[a](https://e.com/><!channel>) [a](<https://e.com/|x> <!here>)',
    '[<!channel>](https://e.com) [a|b](https://e.com/?a|<!here>)',
    '`<!channel>` ``` <!here> ```\n\n```\n<!everyone>\n```',
    '| <!channel> | `<!here>` |\n|---|---|\n| [x](!everyone) | <@U1> |',
    '# <!channel>\n> <!here>\n- <@U1>\n\n<div><!channel></div>',
    '[x](javascript:alert(1)) [x](slack://open) [x](data:text/html,x) <mailto:a@b.c|<!here>>',
    '![<!channel>](https://e.com/x "<!here>")',
    '<https://evil.example|https://bank.example>',
  ])('lets nobody be called and nothing be slipped in: %j', (markdown) => {
    expect(commands(renderMrkdwn(markdown))).toEqual([]);
  });

  it('does not let a link bear the name of another address', () => {
    const text = renderMrkdwn('[https://bank.example](https://evil.example) [bank.example](https://evil.example/)');
    expect(text).toBe('https://bank.example (<https://evil.example/>) bank.example (<https://evil.example/>)');
  });

  it('shows as it was written what would get too long, nested without end, or nothing', () => {
    expect(renderMrkdwn('<!-- only this -->')).toBe('&lt;!-- only this --&gt;');
    const lists = '- '.repeat(1_700) + 'x';
    expect(renderMrkdwn(lists).length).toBeLessThanOrEqual(LONGEST_TEXT);
    const quotes = '>'.repeat(790) + 'x';
    expect(renderMrkdwn(quotes).length).toBeLessThanOrEqual(LONGEST_TEXT);
  });
});

/** Everything that Slack would not take for a link with an honest scheme. */
function commands(text: string): string[] {
  return (text.match(/<[^>]*>?/g) ?? []).filter(
    (found) => !/^<(?:https?|mailto|tel):[^<>|\s]*(?:\|[^<>]*)?>$/.test(found),
  );
}
