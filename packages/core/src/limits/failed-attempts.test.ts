import { describe, expect, it } from '@jest/globals';
import { RateLimited, Unavailable } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import type { AttemptLimit } from './attempt-store.js';
import { FailedAttempts } from './failed-attempts.js';
import { InMemoryAttemptStore } from './in-memory-attempt-store.js';

const SETTINGS = { maxAttempts: 3, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: true };

class CountingStore extends InMemoryAttemptStore {
  asked = 0;
  away = false;

  override async count(address: string, limit: AttemptLimit): Promise<number> {
    this.asked++;
    if (this.away) throw new Unavailable('The database is away');
    return super.count(address, limit);
  }
}

function brake(store = new CountingStore(), settings = SETTINGS) {
  return new FailedAttempts(() => settings, store, new InMemoryLogger());
}

async function fail(attempts: FailedAttempts, address: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await attempts.count(address);
}

describe('FailedAttempts', () => {
  it('locks out after too many, says for how long, and asks nobody from then on', async () => {
    const store = new CountingStore();
    const attempts = brake(store);
    await fail(attempts, '192.0.2.1', 3);
    await expect(attempts.count('192.0.2.1')).rejects.toMatchObject({ retryAfterSeconds: 300, limit: 3 });
    const { asked } = store;
    await expect(attempts.count('192.0.2.1')).rejects.toThrow(RateLimited);
    expect(store.asked).toBe(asked);
    await attempts.count('192.0.2.2');
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1'])('spares loopback (%s) unless it is told not to', async (address) => {
    await fail(brake(), address, 10);
    await expect(fail(brake(new CountingStore(), { ...SETTINGS, exemptLoopback: false }), address, 10)).rejects.toThrow(
      RateLimited,
    );
  });

  it('takes the addresses of one IPv6 network for one', async () => {
    const attempts = brake();
    await attempts.count('2001:db8::1');
    await attempts.count('2001:db8:0:0:ffff::');
    await attempts.count('2001:0db8:0000:0000:1:2:3:4');
    await expect(attempts.count('2001:db8::5')).rejects.toThrow(RateLimited);
    await attempts.count('2001:db8:0:1::1');
  });

  it('counts on alone while the store is away', async () => {
    const store = new CountingStore();
    store.away = true;
    const attempts = brake(store);
    await fail(attempts, '192.0.2.1', 3);
    await expect(attempts.count('192.0.2.1')).rejects.toThrow(RateLimited);
  });
});
