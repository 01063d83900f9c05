import type { Token, Tokens } from 'marked';

/** A table padded to more than this is shown without padding: one wide cell would blow up every row. */
const WIDEST = 120;

/** Slack has no tables: columns of equal width, as they look in its code font. */
export function renderTable({ header, rows }: Tokens.Table, plain: (tokens: Token[]) => string): string {
  const lines = [header, ...rows].map((cells) => cells.map(({ tokens }) => plain(tokens).replace(/\s+/g, ' ').trim()));
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ''))));
  if (widths.reduce((sum, width) => sum + width + 3, 0) > WIDEST)
    return lines.map((cells) => cells.join(' | ')).join('\n');
  const [head = [], ...body] = lines.map((cells) => cells.map((cell, column) => pad(cell, widths[column] ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [head.join(' | '), rule.join('-|-'), ...body.map((cells) => cells.join(' | '))]
    .map((line) => line.trimEnd())
    .join('\n');
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - widthOf(cell)));
}

const WIDE = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}]/u;

/** In columns: characters of East Asian scripts take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}
