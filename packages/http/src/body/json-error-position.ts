/** A mark, the quote that begins a string, or another scalar. */
const TOKEN = /(?:([[\]{},:"])|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)))/y;
const BLANKS = /[ \t\n\r]*/y;
const PLAIN = /[ !#-[\]-\u{10ffff}]*/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

type Wanted = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing';

/**
 * Where text that is no JSON stops being JSON, as an offset in UTF-16 code units. V8's own message has the place for some
 * errors only.
 */
export function jsonErrorPosition(text: string): number {
  const open: string[] = [];
  const afterValue = (): Wanted => (open.length > 0 ? ', or end' : 'nothing');
  let want: Wanted = 'value';
  let at = 0;
  for (;;) {
    const begin = skip(BLANKS, text, at);
    TOKEN.lastIndex = begin;
    const match = TOKEN.exec(text);
    if (!match) return begin;
    const [, mark] = match;
    at = TOKEN.lastIndex;
    if (mark === ']' || mark === '}') {
      const fits = want === ', or end' || want === (mark === ']' ? 'value or ]' : 'key or }');
      if (!fits || open.pop() !== (mark === ']' ? '[' : '{')) return begin;
      want = afterValue();
    } else if (mark === ',') {
      if (want !== ', or end') return begin;
      want = open.at(-1) === '{' ? 'key' : 'value';
    } else if (mark === ':') {
      if (want !== ':') return begin;
      want = 'value';
    } else {
      const key: boolean = want === 'key' || want === 'key or }';
      if (key ? mark !== '"' : want !== 'value' && want !== 'value or ]') return begin;
      if (mark === '[' || mark === '{') {
        open.push(mark);
        want = mark === '[' ? 'value or ]' : 'key or }';
        continue;
      }
      if (mark === '"') {
        at = inString(text, at);
        if (text.charAt(at) !== '"') return at;
        at++;
      }
      want = key ? ':' : afterValue();
    }
  }
}

/** Where a string's content ends: at its closing quote, or at what does not belong into a string. */
function inString(text: string, from: number): number {
  let at = skip(PLAIN, text, from);
  for (let next = skip(ESCAPE, text, at); next > at; next = skip(ESCAPE, text, at)) at = skip(PLAIN, text, next);
  return at;
}

/** Past what the sticky `pattern` matches at `from`; `from` itself when it does not. */
function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
