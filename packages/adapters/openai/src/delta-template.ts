/** Stands in the place of a text to see whether it is that text's place. */
const PROBE = 'openclaw-probe';
/** Inside of a JSON string: nothing that has to be unescaped. */
const PLAIN = /^[^"\\\p{Cc}]+$/u;
const MOST_LESSONS = 3;

/**
 * What the chunks of one answer have in common, byte for byte: most differ in their text alone, which is then cut out instead of the whole
 * being parsed again and again. Providers that put something else into each chunk are parsed as ever.
 */
export class DeltaTemplate {
  private before = '';
  private after = '';
  private lessons = 0;

  /** The text of a chunk that is the learned one but for its text; undefined for any other, which is to be parsed. */
  match(data: string): string | undefined {
    const { before, after } = this;
    if (before === '' || !data.startsWith(before) || !data.endsWith(after)) return undefined;
    const text = data.slice(before.length, -after.length);
    return data.length > before.length + after.length && PLAIN.test(text) ? text : undefined;
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
    this.before = before;
    this.after = after;
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
