import { Marked, type Token, type Tokens } from 'marked';
import { escapeMrkdwn } from './escape-mrkdwn.js';
import { renderLink } from './render-link.js';
import { decodeEntities } from './decode-entities.js';
import { renderTable } from './render-table.js';

/**
 * How long a text may get in Slack's markup. Slack takes 40,000 characters when a message is posted, but advises 4,000, and takes no more
 * than that when one is changed.
 */
export const LONGEST_TEXT = 4_000;

/** Deeper lists are shown as if they were this deep: a list in a list in a list … grows with the square of its depth. */
const DEEPEST_INDENT = 8;
const ZERO_WIDTH = '\u200b';

const marked = new Marked({ gfm: true });

/**
 * Markdown in Slack's own markup (mrkdwn), with everything that could call people or lead somewhere else than it says made harmless.
 * A text that comes out longer than `LONGEST_TEXT`, empty, or not at all is shown as it was written: that is at most
 * `escapeMrkdwn(markdown)` long.
 */
export function renderMrkdwn(markdown: string): string {
  let text: string;
  try {
    text = blocks(marked.lexer(markdown), 0).trim();
  } catch {
    // Markup nested more deeply than the stack: nobody reads that as markup either.
    return escapeMrkdwn(markdown);
  }
  return text === '' || text.length > LONGEST_TEXT ? escapeMrkdwn(markdown) : text;
}

function blocks(tokens: Token[], depth: number): string {
  return tokens
    .map((token) => block(token as Tokens.Generic, depth))
    .filter((text) => text !== '')
    .join('\n\n');
}

function block(token: Tokens.Generic, depth: number): string {
  switch (token.type) {
    case 'space':
    case 'def':
      return '';
    case 'heading':
      return heading(token as Tokens.Heading);
    case 'code':
      return codeBlock((token as Tokens.Code).text);
    case 'blockquote':
      return quote(blocks(token.tokens ?? [], depth));
    case 'list':
      return list(token as Tokens.List, depth);
    case 'table':
      return codeBlock(renderTable(token as Tokens.Table, plain));
    case 'hr':
      return '──────────';
    case 'html':
      return html(token.raw).trimEnd();
    default:
      return token.tokens ? inline(token.tokens) : escapeMrkdwn(decodeEntities(textOf(token)));
  }
}

function heading({ tokens }: Tokens.Heading): string {
  const text = inline(tokens, { bold: true }).trim();
  return text === '' ? '' : `*${text}*`;
}

function codeBlock(code: string): string {
  // Three backticks inside would end the block.
  return `\`\`\`\n${escapeMrkdwn(code).replace(/`(?=``)/g, `\`${ZERO_WIDTH}`)}\n\`\`\``;
}

function quote(text: string): string {
  return text === '' ? '' : text.replace(/^/gm, '> ');
}

function list({ items, ordered, start, loose }: Tokens.List, depth: number): string {
  const first = typeof start === 'number' ? start : 1;
  const indent = '    '.repeat(Math.min(depth, DEEPEST_INDENT));
  return items
    .map((item, index) => {
      const mark = item.task ? (item.checked ? '☑' : '☐') : ordered ? `${first + index}.` : '•';
      const parts = item.tokens
        // The box of a task is the mark already.
        .filter(({ type }) => type !== 'checkbox')
        .map((token) => block(token as Tokens.Generic, depth + 1))
        .filter((text) => text !== '');
      return `${indent}${mark} ${parts.join('\n')}`;
    })
    .join(loose ? '\n\n' : '\n');
}

function html(raw: string): string {
  return escapeMrkdwn(decodeEntities(raw.replace(/<br\s*\/?>/gi, '\n').replace(/<!--[^]*?-->/g, '')));
}

interface Around {
  /** The text is bold already: a mark of it inside would end it. */
  bold?: boolean;
}

function inline(tokens: Token[], around: Around = {}): string {
  let text = '';
  for (const [index, token] of tokens.entries()) {
    const marks = markOf(token, around);
    if (marks === undefined) {
      text += span(token as Tokens.Generic, around);
      continue;
    }
    const inside = inline((token as Tokens.Generic).tokens ?? [], { bold: around.bold || token.type === 'strong' });
    if (marks === '' || inside.trim() === '') {
      text += inside;
      continue;
    }
    // Slack sees a mark only at the edge of a word; Korean particles, for one, stand right behind it.
    const next = tokens[index + 1]?.raw ?? '';
    const before = WORD_END.test(text) ? ZERO_WIDTH : '';
    const after = WORD_START.test(next) ? ZERO_WIDTH : '';
    text += `${before}${marks}${inside}${marks}${after}`;
  }
  return text;
}

const WORD_END = /[\p{L}\p{N}\p{M}*_~`]$/u;
const WORD_START = /^[\p{L}\p{N}\p{M}*_~`]/u;

function markOf({ type }: Token, { bold }: Around): string | undefined {
  if (type === 'strong') return bold ? '' : '*';
  if (type === 'em') return '_';
  if (type === 'del') return '~';
  return undefined;
}

function span(token: Tokens.Generic, around: Around): string {
  switch (token.type) {
    case 'codespan':
      return codeSpan(textOf(token));
    case 'link':
      return renderLink(String(token.href), plain(token.tokens ?? []));
    case 'image':
      return renderLink(String(token.href), textOf(token) || 'image');
    case 'br':
      return '\n';
    case 'html':
      return html(token.raw);
    default:
      return token.tokens ? inline(token.tokens, around) : escapeMrkdwn(decodeEntities(textOf(token)));
  }
}

function codeSpan(code: string): string {
  // There is no way to show a backtick in Slack's code.
  return code.includes('`') || code.trim() === '' ? escapeMrkdwn(code) : `\`${escapeMrkdwn(code)}\``;
}

/** Without any markup, and not escaped: where Slack shows none. */
function plain(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'br') return ' ';
      const { tokens: inside } = token as Tokens.Generic;
      if (inside) return plain(inside);
      return token.type === 'codespan' ? textOf(token) : decodeEntities(textOf(token));
    })
    .join('');
}

function textOf(token: Token | Tokens.Generic): string {
  const { text, raw } = token as Tokens.Generic;
  return typeof text === 'string' ? text : raw;
}
