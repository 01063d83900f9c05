import { describe, expect, it } from '@jest/globals';
import { jsonErrorPosition } from './json-error-position.js';

describe('jsonErrorPosition', () => {
  it.each([
    ['{"a":x}', 5],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['{"a" 1}', 5],
    ['{"a":1 "b":2}', 7],
    ['{"a":[1,2}', 9],
    ['[1,,2]', 3],
    ['[]]', 2],
    ['{"a":01}', 5],
    ['{"a":tru}', 5],
    ['{"a":"\n"}', 6],
    ['{"a":"\\x"}', 6],
    ['{"a":"\\u12"}', 6],
    ['{"a":"b', 7],
    ['{} {}', 3],
    ['{"a":', 5],
    ['{"a": ', 6],
    ['{', 1],
    ['{"a":nul', 5],
    ['\ufeff{}', 0],
  ])('finds it in %j at %i', (text, at) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(jsonErrorPosition(text)).toBe(at);
  });

  it('agrees with the parser on what is JSON', () => {
    const text = JSON.stringify({ a: [1, -2.5e3, 'é"\\\u0001😀', null, true, {}, []], '': { b: [] } }, null, 2);
    expect(jsonErrorPosition(text)).toBe(text.length);
  });

  it('takes no longer than the text is long', () => {
    expect(jsonErrorPosition(`{"a":"${'\\n'.repeat(10_000_000)}`)).toBe(20_000_006);
    expect(jsonErrorPosition('['.repeat(1_000_000))).toBe(1_000_000);
    expect(jsonErrorPosition(`{"a":${'1'.repeat(1_000_000)}x}`)).toBe(5);
  });
});
