import type { KnownEvents } from '@openclaw/core';

/** Stands in the place of a text to see whether it is that text's place. */
const PROBE = 'openclaw-probe';
const MOST_LESSONS = 3;

/**
 * What the chunks of one answer have in common, byte for byte: most differ in their text alone, which is then cut out instead of the whole
 * being parsed again and again. Providers that put something else into each chunk are parsed as ever.
 */
export class DeltaTemplate implements KnownEvents {
  private before = '';
  private after = '';
  /** What stands between the texts of two such chunks in a row. */
  private between = '';
  private lessons = 0;

  take(text: string, at: number): { known: string[]; end: number } | undefined {
    const { before, after, between } = this;
    // Slices are compared as blocks of memory; `startsWith` goes character by character.
    if (before === '' || text.slice(at, at + before.length) !== before) return undefined;
    const known: string[] = [];
    let end = at;
    for (let from = at + before.length; ;) {
      // A plain text has no quotation mark in it.
      const to = text.indexOf('"', from);
      if (to <= from) break;
      const said = text.slice(from, to);
      if (!isPlain(said)) break;
      const goesOn = text.slice(to, to + between.length) === between;
      if (!goesOn && text.slice(to, to + after.length) !== after) break;
      known.push(said);
      end = to + after.length;
      if (!goesOn) break;
      from = to + between.length;
    }
    return known.length === 0 ? undefined : { known, end };
  }

  /**
   * Takes this chunk for a model. `textOf` reads the text out of a parsed chunk; there may be nothing in it, beside its text, that has to be
   * heard of more than once.
   */
  learn(data: string, text: string, textOf: (chunk: unknown) => unknown): void {
    if (this.lessons >= MOST_LESSONS || text.includes('"') || !isPlain(text)) return;
    this.lessons++;
    const at = data.lastIndexOf(`"${text}"`) + 1;
    if (at === 0) return;
    const before = data.slice(0, at);
    const after = data.slice(at + text.length);
    if (textOf(parsed(before + PROBE + after)) !== PROBE) return;
    this.before = `data: ${before}`;
    this.after = `${after}\n\n`;
    this.between = this.after + this.before;
  }
}

const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

/** Inside of a JSON string: nothing that has to be unescaped, or may not stand there. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH || unit < FIRST_PRINTABLE) return false;
  }
  return true;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
