import { expect, it } from '@jest/globals';
import { Punctuality } from './punctuality.js';

/** What each heartbeat says, at these times in seconds. */
function judgements(seconds: number[], punctuality = new Punctuality(4_000, 8_000)): boolean[] {
  return seconds.map((at) => punctuality.beat(at * 1_000));
}

it('judges when it has been on time for long enough', () => {
  expect(judgements([0, 2, 4, 6, 8, 10, 12])).toEqual([false, false, false, false, false, true, true]);
});

it('bears with a heartbeat that is a little late', () => {
  expect(judgements([0, 2, 6, 8, 10])).toEqual([false, false, false, false, true]);
});

it('begins anew after it was held up', () => {
  expect(judgements([0, 2, 4, 6, 8, 10, 15, 17, 19, 21, 23, 25])).toEqual([
    ...[false, false, false, false, false, true],
    ...[false, false, false, false, false, true],
  ]);
});

it('begins anew after an outage, however short', () => {
  const punctuality = new Punctuality(4_000, 8_000);
  judgements([0, 2, 4, 6, 8, 10], punctuality);
  punctuality.miss();
  expect(judgements([12, 14, 16, 18, 20, 22], punctuality)).toEqual([false, false, false, false, false, true]);
});
