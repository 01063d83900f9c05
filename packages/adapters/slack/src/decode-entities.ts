const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

/** HTML's entities that Markdown is written with. What is none stays as it is. The result is not escaped. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,6}));/g, (entity, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name as string] ?? entity;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex as string, 16);
    // Not a character: zero, half a surrogate pair, or beyond the last one.
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
    return String.fromCodePoint(code);
  });
}
