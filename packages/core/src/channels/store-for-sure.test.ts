import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { Unavailable } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import { storeForSure } from './store-for-sure.js';

describe('storeForSure', () => {
  const { signal } = new AbortController();

  it('goes on for as long as the store is away', async () => {
    let failures = 12;
    const logger = new InMemoryLogger();
    const store = async () => {
      if (failures-- > 0) throw new Unavailable('away');
    };
    await storeForSure(store, logger, { update: 7 }, signal, 0.01);
    assert.equal(failures, -1);
    assert.equal(logger.entries.length, 12);
    assert.ok(logger.entries.every(({ level, update }) => level === 'warn' && update === 7));
  });

  it('gives up on what can never be stored, and says so', async () => {
    const logger = new InMemoryLogger();
    let calls = 0;
    const store = async () => {
      calls++;
      throw new TypeError('a mistake');
    };
    await storeForSure(store, logger, {}, signal, 0.01);
    assert.equal(calls, 8);
    assert.equal(logger.entries.at(-1)?.level, 'error');
  });

  it('leaves when it is told to, in the middle of an attempt and of a pause', async () => {
    for (const store of [() => new Promise<void>(() => undefined), () => Promise.reject(new Unavailable('away'))]) {
      const leave = new AbortController();
      const reason = new Error('enough');
      const stored = storeForSure(store, new InMemoryLogger(), {}, leave.signal, 60_000);
      setImmediate(() => leave.abort(reason));
      await assert.rejects(stored, (error) => error === reason);
    }
  });
});
