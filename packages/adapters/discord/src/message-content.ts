import { alignColumns, splitToFit } from '@openclaw/core';
import { type MarkedToken, type Token, marked } from 'marked';

/** In Unicode code points, as Discord counts. */
export const LONGEST_CONTENT = 2_000;

/** Discord's Markdown has no tables, no rules, and three sizes of headings; all else stays as it was written. */
export function content(part: string): string {
  const shown = render(part);
  // What grew too long after it was split (an edit) goes as it was written.
  return codePoints(shown) <= LONGEST_CONTENT ? shown : part;
}

export function splitForDiscord(text: string): string[] {
  return splitToFit(text, LONGEST_CONTENT, (part) => codePoints(render(part)) <= LONGEST_CONTENT, codePoints);
}

function render(markdown: string): string {
  try {
    return marked.lexer(markdown).map(block).join('').trimEnd() || markdown;
  } catch {
    // Thousands of nested quotes exhaust the stack of the lexer, for one.
    return markdown;
  }
}

function block(given: Token): string {
  const token = given as MarkedToken;
  switch (token.type) {
    case 'heading':
      return token.depth <= 3 ? token.raw : `**${token.text}**${after(token)}`;
    case 'hr':
      return `———${after(token)}`;
    case 'table': {
      const rows = [token.header, ...token.rows].map((cells) => cells.map(({ text }) => text.replaceAll('```', "'''")));
      return `\`\`\`\n${alignColumns(rows)}\n\`\`\`${after(token)}`;
    }
    default:
      return token.raw;
  }
}

/** The blank lines that belong to it. */
function after({ raw }: Token): string {
  return /\n*$/.exec(raw)?.[0] ?? '';
}

function codePoints(text: string): number {
  let surrogates = 0;
  for (let index = 0; index < text.length; index++) if ((text.charCodeAt(index) & 0xfc00) === 0xd800) surrogates++;
  return text.length - surrogates;
}
