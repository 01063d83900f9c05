import { alignColumns } from '@openclaw/core';
import { type MarkedToken, type Token, type Tokens, marked } from 'marked';

/**
 * Markdown in the HTML that Telegram takes: nothing but its tags, everything else escaped. What Telegram has no tag for is shown as text:
 * headings bold, lists with bullets, tables as columns. Names after `@` are made unclickable, so that nobody is called who did not ask.
 *
 * Undefined where there is nothing to see, or the text is nested too deeply to be read.
 *
 * @see https://core.telegram.org/bots/api#html-style
 */
export function renderHtml(markdown: string): string | undefined {
  try {
    const html = blocks(marked.lexer(markdown, { gfm: true }), { quoted: false }).trim();
    return visible(html).trim() === '' ? undefined : html;
  } catch {
    // Thousands of nested quotes exhaust the stack of the lexer, for one. It is shown as it was written.
    return undefined;
  }
}

/** What is seen of such HTML, as Telegram counts it. */
export function visible(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(lt|gt|amp|quot);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]);
}

/** A mention that is none: a word joiner, which nobody sees, behind the `@`. The name may follow in another token (`@**name**`). */
export function withoutMentions(text: string): string {
  return text.replaceAll(/(?<!\w)@/g, `@${JOINER}`);
}

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"' };

const JOINER = '\u2060';

interface Place {
  /** Telegram does not nest quotes. */
  quoted: boolean;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Text as people write it in Markdown: the four entities that Telegram knows by name stand for their characters. */
function prose(text: string): string {
  return escape(withoutMentions(text)).replaceAll(/&amp;(lt|gt|amp|quot);/g, '&$1;');
}

function blocks(tokens: Token[], place: Place, between = '\n\n'): string {
  return tokens
    .map((token) => block(token as MarkedToken, place))
    .filter((text) => text !== '')
    .join(between);
}

function block(token: MarkedToken, place: Place): string {
  switch (token.type) {
    case 'space':
    case 'def':
      return '';
    case 'heading':
      return `<b>${inline(token.tokens)}</b>`;
    case 'code':
      return code(token);
    case 'blockquote': {
      const inside = blocks(token.tokens, { quoted: true });
      return place.quoted || inside === '' ? inside : `<blockquote>${inside}</blockquote>`;
    }
    case 'list':
      return list(token, place);
    case 'table':
      return table(token);
    case 'hr':
      return '———';
    case 'html':
      return prose(token.text.trim());
    default:
      return inline([token]);
  }
}

function code({ lang, text }: Tokens.Code): string {
  if (text === '') return '';
  const language = /^[\w+#.-]{1,30}/.exec(lang ?? '')?.[0];
  return language === undefined
    ? `<pre>${escape(text)}</pre>`
    : `<pre><code class="language-${language}">${escape(text)}</code></pre>`;
}

function list({ items, ordered, start }: Tokens.List, place: Place): string {
  return items
    .map((item, index) => {
      const mark = ordered ? `${Number(start || 1) + index}.` : '•';
      const lines = blocks(
        item.tokens.filter(({ type }) => type !== 'checkbox'),
        place,
        '\n',
      ).split('\n');
      const text = lines.join('\n  ');
      return item.task ? `${item.checked ? '☑' : '☐'} ${text}` : `${mark} ${text}`;
    })
    .join('\n');
}

function table({ header, rows }: Tokens.Table): string {
  const cells = [header, ...rows].map((row) => row.map(({ tokens }) => visible(inline(tokens)).replaceAll(JOINER, '')));
  return `<pre>${escape(alignColumns(cells))}</pre>`;
}

function inline(tokens: Token[]): string {
  return tokens.map((token) => span(token as MarkedToken)).join('');
}

function span(token: MarkedToken): string {
  switch (token.type) {
    case 'strong':
      return `<b>${inline(token.tokens)}</b>`;
    case 'em':
      return `<i>${inline(token.tokens)}</i>`;
    case 'del':
      return `<s>${inline(token.tokens)}</s>`;
    case 'codespan':
      return `<code>${escape(token.text)}</code>`;
    case 'br':
      return '\n';
    case 'link':
      return link(token.href, inline(token.tokens));
    case 'image':
      return link(token.href, prose(token.text || token.href));
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'escape':
      return escape(withoutMentions(token.text));
    case 'text':
    case 'paragraph':
      return token.tokens ? inline(token.tokens) : prose(token.text);
    default:
      return prose(token.raw);
  }
}

/** Only to the web: Telegram's own links (`tg:`) would name people. A picture in a link is one link, not two. */
function link(href: string, text: string): string {
  if (!/^https?:\/\//i.test(href)) return text;
  return `<a href="${escape(href)}">${text.replaceAll(/<\/?a\b[^>]*>/g, '')}</a>`;
}
