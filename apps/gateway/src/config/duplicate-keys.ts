import JSON5 from 'json5';

export interface FoundKey {
  name: string;
  line: number;
  column: number;
}

const TOKEN = /\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[{}[\]:,]|[^\s{}[\]:,"'/]+/g;

/** Keys that stand twice in one object of a JSON5 text. The parser takes the last one silently. The text has to be valid. */
export function duplicateKeys(text: string): FoundKey[] {
  const found: FoundKey[] = [];
  /** The keys of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith('//') || token.startsWith('/*')) continue;
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined);
      expectsKey = token === '{';
    } else if (token === '}' || token === ']') {
      open.pop();
      expectsKey = false;
    } else if (token === ',') {
      expectsKey = open.at(-1) !== undefined;
    } else if (expectsKey) {
      const name = keyName(token);
      const keys = open.at(-1);
      if (keys?.has(name)) found.push({ name, ...position(text, index) });
      keys?.add(name);
      expectsKey = false;
    }
  }
  return found;
}

function keyName(token: string): string {
  return Object.keys(JSON5.parse<object>(`{${token}:0}`))[0] ?? token;
}

function position(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
