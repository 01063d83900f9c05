import { describe, expect, it } from '@jest/globals';
import { UnconfirmedSends } from './unconfirmed-sends.js';

describe('UnconfirmedSends', () => {
  it('gives the nonce once more for what may have been taken, and only for that', () => {
    const sends = new UnconfirmedSends();
    const nonce = sends.take('1', 'hello');
    expect(nonce).toMatch(/^[\da-f]{24}$/);
    expect(sends.take('1', 'hello')).not.toBe(nonce);
    sends.keep('1', 'hello', nonce);
    expect(sends.take('1', 'other')).not.toBe(nonce);
    expect(sends.take('2', 'hello')).not.toBe(nonce);
    expect(sends.take('1', 'hello')).toBe(nonce);
    expect(sends.take('1', 'hello')).not.toBe(nonce);
  });

  it('forgets as Discord does, and does not grow without end', () => {
    let now = 0;
    const sends = new UnconfirmedSends(() => now);
    sends.keep('1', 'old', 'n-old');
    now = 180_001;
    expect(sends.take('1', 'old')).not.toBe('n-old');
    sends.keep('1', 'first', 'n-first');
    for (let no = 0; no < 1_000; no++) sends.keep('1', String(no), `n-${no}`);
    expect(sends.take('1', 'first')).not.toBe('n-first');
    expect(sends.take('1', '999')).toBe('n-999');
  });
});
