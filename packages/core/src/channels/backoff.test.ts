import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { Backoff } from './backoff.js';

describe('Backoff', () => {
  it('doubles, within a half, up to its limit, and starts again after a success', () => {
    const backoff = new Backoff(100, 1_000);
    for (const longest of [100, 200, 400, 800, 1_000, 1_000]) {
      const ms = backoff.next();
      assert.ok(ms >= longest / 2 && ms <= longest, `${ms} of ${longest}`);
    }
    for (let no = 0; no < 5_000; no++) assert.ok(backoff.next() <= 1_000);
    backoff.reset();
    assert.ok(backoff.next() <= 100);
  });

  it('waits as long as it is asked to', () => {
    assert.equal(new Backoff(100, 1_000).next(5_000), 5_000);
  });

  it('stops waiting when it is told to', async () => {
    const leave = new AbortController();
    const paused = new Backoff(60_000).pause(leave.signal);
    leave.abort();
    await paused;
    await new Backoff(60_000).pause(leave.signal);
  });
});
