import { describe, expect, it } from '@jest/globals';

const file: string = '../calculator/evaluate.js';
const { evaluate } = (await import(file)) as { evaluate: (text: string) => number };

describe('calculator', () => {
  it.each<[string, number]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ** -1', 0.5],
    ['7 % 4 - -1', 4],
    ['0.1 + 0.2', 0.3],
    ['1e3 / 4', 250],
    ['sqrt(16) + max(1, 2, 3)', 7],
    ['2 * pi', 6.28318530717959],
    ['ln(e)', 1],
  ])('%s is %d', (text, value) => expect(evaluate(text)).toBe(value));

  it.each<[string, RegExp]>([
    ['', /ends too early/],
    ['1 +', /ends too early/],
    ['1 / 0', /Division by zero/],
    ['(1', /not closed/],
    ['1 2', /not expected/],
    ['sqrt 4', /wants brackets/],
    ['process', /not expected/],
    ['constructor(1)', /not expected/],
    ['1; 2', /not understood/],
    ['sqrt(-1)', /no result/],
    ['('.repeat(500), /too deeply/],
  ])('%s is refused', (text, why) => expect(() => evaluate(text)).toThrow(why));
});
