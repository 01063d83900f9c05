const TAGS = new Set(['b', 'i', 'u', 's', 'code', 'pre', 'a', 'blockquote', 'tg-spoiler']);
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** What is seen of a message's HTML. Throws an `Error` in Telegram's words for what Telegram does not take. */
export function parseHtml(html: string): string {
  const open: string[] = [];
  let text = '';
  for (const [piece, closing, tag = '', attributes = '', entity] of html.matchAll(
    /<(\/?)([a-z-]+)((?:\s+[a-z-]+="[^"<>]*")*)>|&([a-z]+|#\d+|#x[\da-f]+);|[^<&]+|[<&]/gi,
  )) {
    if (entity !== undefined) text += entity.startsWith('#') ? numbered(entity) : (ENTITIES[entity] ?? piece);
    else if (tag === '') {
      if (piece === '<') throw new Error("can't parse entities: Unsupported start tag");
      text += piece;
    } else if (closing === '/') {
      const last = open.pop();
      if (last !== tag) throw new Error(`can't parse entities: Unexpected end tag "${tag}", expected "${last ?? ''}"`);
    } else {
      if (!TAGS.has(tag)) throw new Error(`can't parse entities: Unsupported start tag "${tag}"`);
      const allowed = tag === 'a' ? /^ href="[^"]*"$/ : tag === 'code' ? /^( class="language-[^"]+")?$/ : /^$/;
      if (!allowed.test(attributes)) throw new Error(`can't parse entities: Unsupported attribute in tag "${tag}"`);
      open.push(tag);
    }
  }
  if (open.length > 0)
    throw new Error(`can't parse entities: Can't find end tag corresponding to start tag "${open[0]}"`);
  return text;
}

function numbered(entity: string): string {
  const hex = /^#x/i.test(entity);
  return String.fromCodePoint(Number.parseInt(entity.slice(hex ? 2 : 1), hex ? 16 : 10));
}
