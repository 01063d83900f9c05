import { expect, it } from '@jest/globals';
import { readPairs } from './telemetry.js';

it.each([
  [undefined, {}],
  ['', {}],
  ['a=1,b=2', { a: '1', b: '2' }],
  [' a = x%20y ,b=1=2,', { a: 'x y', b: '1=2' }],
  ['a=100%,b=', { a: '100%', b: '' }],
])('reads the pairs of %j', (written, expected) => {
  expect(readPairs(written)).toEqual(expected);
});
