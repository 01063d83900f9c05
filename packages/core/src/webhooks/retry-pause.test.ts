import { describe, expect, it } from '@jest/globals';
import { retryPause } from './retry-pause.js';

const retry = { maxAttempts: 3, backoffMs: 1_000 };

describe('retryPause', () => {
  it('doubles, give or take a fifth', () => {
    expect([1, 2, 3, 4].map((tries) => retryPause(retry, tries, undefined, 0.5))).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(retryPause(retry, 1, undefined, 0)).toBe(800);
    expect(retryPause(retry, 1, undefined, 1)).toBe(1_200);
  });

  it('is no longer than six hours, and as long as the receiver asks for, up to an hour', () => {
    expect(retryPause(retry, 100, undefined, 0.5)).toBe(6 * 3_600_000);
    expect(retryPause(retry, 1, 30_000, 0.5)).toBe(30_000);
    expect(retryPause(retry, 1, 10, 0.5)).toBe(1_000);
    expect(retryPause(retry, 1, 86_400_000, 0.5)).toBe(3_600_000);
  });
});
