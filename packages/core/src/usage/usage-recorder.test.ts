import { describe, expect, it } from '@jest/globals';
import { FixedClock } from '../shared/clock.js';
import { InMemoryLogger } from '../shared/logger.js';
import { InMemoryUsageStore } from './in-memory-usage-store.js';
import { UsageRecorder } from './usage-recorder.js';
import type { UsageRecord } from './usage-store.js';

const FROM = new Date('2026-11-20T00:00:00Z');
const TO = new Date('2026-11-21T00:00:00Z');
const call = { tenant: 'a', token: 'app', agentId: 'main', model: 'm', inputTokens: 10, outputTokens: 5 };

class BrokenAtFirst extends InMemoryUsageStore {
  adds = 0;
  override async add(records: UsageRecord[]): Promise<void> {
    if (++this.adds === 1) throw new Error('not now');
    return super.add(records);
  }
}

function setUp(store: InMemoryUsageStore) {
  const clock = new FixedClock(new Date('2026-11-20T10:59:59.999Z'));
  return { clock, store, recorder: new UsageRecorder(store, clock, new InMemoryLogger()) };
}

describe('UsageRecorder', () => {
  it('adds calls up by the hour, and stores nothing before it has to', async () => {
    const { clock, store, recorder } = setUp(new InMemoryUsageStore());
    recorder.record(call);
    recorder.record(call);
    clock.advance(1);
    recorder.record(call);
    expect(await store.list('a', FROM, TO)).toEqual([]);
    await recorder.close();
    expect(await store.list('a', FROM, TO)).toEqual([
      { ...call, hour: new Date('2026-11-20T10:00:00Z'), calls: 2, inputTokens: 20, outputTokens: 10 },
      { ...call, hour: new Date('2026-11-20T11:00:00Z'), calls: 1 },
    ]);
  });

  it('keeps what could not be stored for the next time', async () => {
    const { store, recorder } = setUp(new BrokenAtFirst());
    recorder.record(call);
    await recorder.flush();
    recorder.record(call);
    await recorder.close();
    expect(await store.list('a', FROM, TO)).toMatchObject([{ calls: 2, inputTokens: 20 }]);
  });
});
