import type { KnownEvents } from '@openclaw/core';

/** Stands in the place of a text to see whether it is that text's place. */
const PROBE = 'openclaw-probe';
/** Inside of a JSON string: nothing that has to be unescaped. */
const PLAIN = /^[^"\\\p{Cc}]+$/u;
const MOST_LESSONS = 3;

/**
 * What the chunks of one answer have in common, byte for byte: most differ in their text alone, which is then cut out instead of the whole
 * being parsed again and again. Providers that put something else into each chunk are parsed as ever.
 */
export class DeltaTemplate implements KnownEvents {
  private before = '';
  private after = '';
  private lessons = 0;

  take(text: string, at: number): { known: string[]; end: number } | undefined {
    const { before, after } = this;
    if (before === '') return undefined;
    const known: string[] = [];
    let end = at;
    // Slices are compared as blocks of memory; `startsWith` goes character by character.
    while (text.slice(end, end + before.length) === before) {
      const from = end + before.length;
      // A plain text has no quotation mark in it.
      const to = text.indexOf('"', from);
      if (to <= from || text.slice(to, to + after.length) !== after) break;
      const said = text.slice(from, to);
      if (!PLAIN.test(said)) break;
      known.push(said);
      end = to + after.length;
    }
    return known.length === 0 ? undefined : { known, end };
  }

  /**
   * Takes this chunk for a model. `textOf` reads the text out of a parsed chunk; there may be nothing in it, beside its text, that has to be
   * heard of more than once.
   */
  learn(data: string, text: string, textOf: (chunk: unknown) => unknown): void {
    if (this.lessons >= MOST_LESSONS || !PLAIN.test(text)) return;
    this.lessons++;
    const at = data.lastIndexOf(`"${text}"`) + 1;
    if (at === 0) return;
    const before = data.slice(0, at);
    const after = data.slice(at + text.length);
    if (textOf(parsed(before + PROBE + after)) !== PROBE) return;
    this.before = `data: ${before}`;
    this.after = `${after}\n\n`;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
