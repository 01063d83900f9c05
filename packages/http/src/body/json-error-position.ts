/** A mark, a string, or another scalar, behind any blanks. */
const TOKEN =
  /[ \t\n\r]*(?:([[\]{},:])|("(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)))/uy;

/**
 * Where text that is no JSON stops being JSON, as an offset in UTF-16 code units. V8's own message has the place for some
 * errors only.
 */
export function jsonErrorPosition(text: string): number {
  const open: string[] = [];
  let want: 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing' = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) return skipBlanks(text, at);
    const [whole, mark, string] = match;
    const start = at + whole.length - (mark ?? string ?? match[3] ?? '').length;
    const isValue = mark === undefined || mark === '[' || mark === '{';
    if (mark === ']' || mark === '}') {
      const closes = mark === ']' ? '[' : '{';
      const allowed = want === 'comma or end' || want === (mark === ']' ? 'value or end' : 'key or end');
      if (!allowed || open.pop() !== closes) return start;
      want = open.length > 0 ? 'comma or end' : 'nothing';
    } else if (mark === ',') {
      if (want !== 'comma or end') return start;
      want = open.at(-1) === '{' ? 'key' : 'value';
    } else if (mark === ':') {
      if (want !== 'colon') return start;
      want = 'value';
    } else if (want === 'key' || want === 'key or end') {
      if (string === undefined) return start;
      want = 'colon';
    } else if (isValue && (want === 'value' || want === 'value or end')) {
      if (mark !== undefined) open.push(mark);
      want = mark === '[' ? 'value or end' : mark === '{' ? 'key or end' : open.length > 0 ? 'comma or end' : 'nothing';
    } else {
      return start;
    }
    at += whole.length;
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (/[ \t\n\r]/.test(text.charAt(at))) at++;
  return at;
}
