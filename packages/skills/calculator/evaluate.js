const CONSTANTS = { pi: Math.PI, e: Math.E };
const FUNCTIONS = {
  sqrt: Math.sqrt,
  abs: Math.abs,
  round: Math.round,
  floor: Math.floor,
  ceil: Math.ceil,
  ln: Math.log,
  log: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  min: Math.min,
  max: Math.max,
};
const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|([a-z]+)|(\*\*|[-+*/%^(),]))/gy;
const DEEPEST = 200;

/** The value of an expression. Throws an Error that says what is wrong with it. */
export function evaluate(text) {
  const tokens = tokensOf(text);
  let at = 0;
  let depth = 0;

  const peek = () => tokens[at];
  const accept = (...wanted) => (wanted.includes(peek()) ? tokens[at++] : undefined);

  function sum() {
    if (++depth > DEEPEST) throw new Error('The expression is nested too deeply');
    let value = product();
    for (let sign = accept('+', '-'); sign; sign = accept('+', '-'))
      value = sign === '+' ? value + product() : value - product();
    depth--;
    return value;
  }

  function product() {
    let value = signed();
    for (let sign = accept('*', '/', '%'); sign; sign = accept('*', '/', '%')) {
      const by = signed();
      if (sign !== '*' && by === 0) throw new Error('Division by zero');
      value = sign === '*' ? value * by : sign === '/' ? value / by : value % by;
    }
    return value;
  }

  // A sign binds less than a power: -2^2 is -4.
  function signed() {
    let negative = false;
    for (let sign = accept('-', '+'); sign; sign = accept('-', '+')) negative = negative !== (sign === '-');
    const value = power();
    return negative ? -value : value;
  }

  function power() {
    const base = atom();
    return accept('^', '**') ? base ** signed() : base;
  }

  function atom() {
    const token = tokens[at++];
    if (typeof token === 'number') return token;
    if (token === '(') return closed(sum());
    if (token !== undefined && Object.hasOwn(CONSTANTS, token)) return CONSTANTS[token];
    if (token !== undefined && Object.hasOwn(FUNCTIONS, token)) {
      if (!accept('(')) throw new Error(`${token} wants brackets`);
      const values = [sum()];
      while (accept(',')) values.push(sum());
      return closed(FUNCTIONS[token](...values));
    }
    throw new Error(token === undefined ? 'The expression ends too early' : `"${token}" is not expected there`);
  }

  function closed(value) {
    if (!accept(')')) throw new Error('A bracket is not closed');
    return value;
  }

  const value = sum();
  if (at < tokens.length) throw new Error(`"${peek()}" is not expected there`);
  if (Number.isNaN(value)) throw new Error('That has no result');
  // What binary fractions add: 0.1 + 0.2 is 0.3.
  return Number.isInteger(value) ? value : Number(value.toPrecision(15));
}

function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.toLowerCase().trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(trimmed);
    if (!found) throw new Error(`"${trimmed.slice(from, from + 10).trim()}" is not understood`);
    const [, number, name, sign] = found;
    tokens.push(number === undefined ? (name ?? sign) : Number(number));
  }
  return tokens;
}
