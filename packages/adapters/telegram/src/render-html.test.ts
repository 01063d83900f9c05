import { describe, expect, it } from '@jest/globals';
import { parseHtml } from '../../../../test/telegram-server/parse-html.js';
import { renderHtml, visible } from './render-html.js';

describe('renderHtml', () => {
  it.each([
    ['**b** *i* ~~s~~ `c <&> d`', '<b>b</b> <i>i</i> <s>s</s> <code>c &lt;&amp;&gt; d</code>'],
    ['# Title *x*\n\ntext', '<b>Title <i>x</i></b>\n\ntext'],
    ['a\nb  \nc', 'a\nb\nc'],
    ['- one\n- two\n  - three\n', '• one\n• two\n  • three'],
    ['3. three\n4. four', '3. three\n4. four'],
    ['- [ ] open\n- [x] done', '☐ open\n☑ done'],
    ['> quoted\n> > twice', '<blockquote>quoted\n\ntwice</blockquote>'],
    ['```ts\nif (a < b) c;\n```', '<pre><code class="language-ts">if (a &lt; b) c;</code></pre>'],
    ['```\nplain\n```', '<pre>plain</pre>'],
    ['```"><b>\nx\n```', '<pre>x</pre>'],
    ['| a | bc |\n|---|---|\n| <1> | 2 |', '<pre>a   | bc\n----+---\n&lt;1&gt; | 2</pre>'],
    ['[text](https://a.example/?x="1"&y=<2>)', '<a href="https://a.example/?x=&quot;1&quot;&amp;y=&lt;2&gt;">text</a>'],
    ['[text](https://a.example/?x=1&y=2)', '<a href="https://a.example/?x=1&amp;y=2">text</a>'],
    ['![a cat](https://a.example/cat.png)', '<a href="https://a.example/cat.png">a cat</a>'],
    ['[you](tg://user?id=77) [x](javascript:alert(1))', 'you x'],
    ['write to me@a.example', 'write to me@a.example'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['a <b>raw</b> tag', 'a &lt;b&gt;raw&lt;/b&gt; tag'],
    ['&lt; &amp; &quot; &nbsp;', '&lt; &amp; &quot; &amp;nbsp;'],
    ['[![a cat](https://a.example/cat.png)](https://b.example)', '<a href="https://b.example">a cat</a>'],
    ['one\n\n---\n\ntwo', 'one\n\n———\n\ntwo'],
    ['\\*no\\*', '*no*'],
  ])('%j', (markdown, html) => expect(renderHtml(markdown)).toBe(html));

  it('calls nobody', () => {
    for (const text of [
      '@ada',
      'hi @ada',
      '@**ada**',
      '**@**ada',
      '[@ada](https://a.example)',
      '# @ada',
      '- @ada',
      '\\@ada',
      '<@ada>',
      '&#64;ada',
    ])
      expect(visible(renderHtml(text) ?? '')).not.toMatch(/@\w/);
    expect(renderHtml('`@ada`')).toBe('<code>@ada</code>');
  });

  it('has nothing to show where there is nothing to see, or too deep a nesting', () => {
    for (const text of ['', ' \n', '[a]: https://a.example', '>'.repeat(4_000)])
      expect(renderHtml(text)).toBeUndefined();
  });

  it('gives HTML that Telegram takes, whatever comes', () => {
    const bits = [
      '**',
      '*',
      '_',
      '~~',
      '`',
      '```',
      '\n',
      '\n\n',
      '> ',
      '- ',
      '1. ',
      '[',
      '](',
      'https://a.example',
      ')',
      '<b>',
      '</b>',
      '&amp;',
      '&',
      '<',
      '"',
      '|',
      '|-|',
      '# ',
      '@ada',
      ' x ',
      '한',
      '🎉',
      '\\',
      '<!--',
      '![',
      '    ',
    ];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let no = 0; no < 3_000; no++) {
      const text = Array.from({ length: 1 + random(25) }, () => bits[random(bits.length)]).join('');
      const html = renderHtml(text);
      if (html !== undefined) expect(parseHtml(html)).toBe(visible(html));
    }
  });
});
