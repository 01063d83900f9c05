const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)$/;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** How long a text is as the platform counts. Must not grow when a text is cut shorter. */
export type Measure = (text: string) => number;

/** In UTF-16 code units. */
const codeUnits: Measure = (text) => text.length;

/**
 * Cuts Markdown into texts that are no longer than `limit`: between blocks where that is possible, else between lines, words, and
 * last between characters as people see them. A code block stays whole where it fits into one text; a longer one is closed at the end of a
 * text and opened again, with its language, in the next. White space at a cut is dropped. Never gives an empty text, and at least one.
 *
 * @param limit at least 64
 */
export function splitMarkdown(text: string, limit: number, measure: Measure = codeUnits): string[] {
  if (measure(text) <= limit) return [text];
  const parts: string[] = [];
  let part = '';
  for (const block of blocksOf(text)) {
    const joined = part + block;
    if (measure(joined.trimEnd()) <= limit) {
      part = joined;
      continue;
    }
    if (part.trim() !== '') parts.push(part.trimEnd());
    const pieces = splitBlock(block, limit, measure);
    part = pieces.pop() ?? '';
    parts.push(...pieces.map((piece) => piece.trimEnd()));
  }
  if (part.trim() !== '') parts.push(part.trimEnd());
  return parts.length > 0 ? parts : [text.slice(0, 1)];
}

/** Paragraphs and code blocks, each with the blank lines after it: put together they are the text. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let block = '';
  let fence: string | undefined;
  const end = () => {
    if (block !== '') blocks.push(block);
    block = '';
  };
  for (const line of text.split(/(?<=\n)/)) {
    const mark = FENCE.exec(line.trimEnd())?.[1];
    if (fence !== undefined) {
      block += line;
      if (mark !== undefined && closes(mark, fence)) {
        fence = undefined;
        end();
      }
    } else if (mark !== undefined) {
      end();
      fence = mark;
      block = line;
    } else if (line.trim() === '') {
      // Blank lines go with what they follow.
      if (block === '' && blocks.length > 0) blocks[blocks.length - 1] += line;
      else block += line;
      end();
    } else {
      block += line;
    }
  }
  end();
  return blocks;
}

function closes(mark: string, fence: string): boolean {
  return mark[0] === fence[0] && mark.length >= fence.length;
}

function splitBlock(block: string, limit: number, measure: Measure): string[] {
  if (measure(block.trimEnd()) <= limit) return [block];
  const opening = block.slice(0, block.indexOf('\n') + 1 || undefined);
  const mark = FENCE.exec(opening.trimEnd())?.[1];
  if (mark === undefined) return splitLines(block, limit, measure);
  const lines = block.slice(opening.length).split(/(?<=\n)/);
  // The last line closes the block, unless the text ended before.
  const last = FENCE.exec((lines.findLast((line) => line.trim() !== '') ?? '').trimEnd())?.[1];
  const closed = last !== undefined && closes(last, mark);
  const trailing = closed ? lines.slice(lines.findLastIndex((line) => line.trim() !== '')) : [];
  const inside = lines.slice(0, lines.length - trailing.length).join('');
  const head = measure(opening) > limit / 2 ? `${mark}\n` : opening;
  const room = limit - measure(`${head}\n${mark}`);
  return splitLines(inside, room, measure, false).map((piece) => `${head}${piece.replace(/\n$/, '')}\n${mark}\n`);
}

/** @param words whether a long line is better cut between words than where the text's limit is; code is not */
function splitLines(text: string, limit: number, measure: Measure, words = true): string[] {
  const pieces: string[] = [];
  let piece = '';
  const add = (next: string, cut?: (long: string) => string[]) => {
    if (measure((piece + next).trimEnd()) <= limit) {
      piece += next;
    } else if (cut && measure(next.trimEnd()) > limit) {
      for (const short of cut(next)) add(short);
    } else {
      if (piece.trim() !== '') pieces.push(piece.trimEnd());
      piece = next;
    }
  };
  const characters = (long: string) => splitCharacters(long, limit, measure);
  const byWord = (long: string) =>
    long.split(/(?<=\s)(?=\S)/).flatMap((word) => (measure(word) <= limit ? [word] : characters(word)));
  for (const line of text.split(/(?<=\n)/)) add(line, words ? byWord : characters);
  if (piece.trim() !== '') pieces.push(piece);
  return pieces;
}

function splitCharacters(text: string, limit: number, measure: Measure): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of GRAPHEMES.segment(text)) {
    // A character of a thousand marks is cut between its code points all the same.
    for (const unit of measure(segment) <= limit ? [segment] : Array.from(segment)) {
      if (piece !== '' && measure(piece + unit) > limit) {
        pieces.push(piece);
        piece = '';
      }
      piece += unit;
    }
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}
