import { describe, expect, it } from '@jest/globals';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { Unavailable } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import type { EventCursor, EventPage } from './event-log.js';
import { EventFeed } from './event-feed.js';
import { InMemoryEventLog } from './in-memory-event-log.js';

/** A log that can be away, and that counts how often it is read. */
class MoodyLog extends InMemoryEventLog {
  away = false;
  reads = 0;

  override async end(): Promise<EventCursor> {
    if (this.away) throw new Unavailable('away');
    return super.end();
  }

  override async readAfter(cursor: EventCursor, tenants: readonly string[]): Promise<EventPage> {
    this.reads++;
    if (this.away) throw new Unavailable('away');
    return super.readAfter(cursor, tenants);
  }
}

function setUp() {
  const data = new InMemoryConversations();
  const log = new MoodyLog(data);
  const logger = new InMemoryLogger();
  const feed = new EventFeed(log, logger, 1);
  const happen = (id: string, tenant = 'acme') =>
    void data.open(tenant, { id, channel: 'api', label: undefined, agentId: 'main', model: undefined, summary: '' });
  return { log, logger, feed, happen };
}

/** What one listener was told, and a way to wait for it. */
async function listenTo(feed: EventFeed, tenant = 'acme') {
  const told: string[] = [];
  let look = () => {};
  const stop = await feed.listen(tenant, (event) => {
    if ('conversationId' in event.data) told.push(event.data.conversationId);
    look();
  });
  const until = (id: string) =>
    new Promise<string[]>((resolve) => {
      look = () => told.includes(id) && resolve(told);
      look();
    });
  return { told, stop, until };
}

describe('EventFeed', () => {
  it('tells each listener what happens to its tenant from the moment on in which it listens', async () => {
    const { feed, happen } = setUp();
    happen('before');
    const first = await listenTo(feed);
    const stranger = await listenTo(feed, 'other');
    happen('one');
    const second = await listenTo(feed);
    happen('theirs', 'other');
    happen('two');
    expect(await first.until('two')).toEqual(['one', 'two']);
    expect(await second.until('two')).toEqual(['two']);
    expect(await stranger.until('theirs')).toEqual(['theirs']);
    first.stop();
    happen('three');
    await second.until('three');
    expect(first.told).toEqual(['one', 'two']);
    await feed.close();
  });

  it('reads nothing while nobody listens', async () => {
    const { feed, happen, log } = setUp();
    const listener = await listenTo(feed);
    happen('one');
    await listener.until('one');
    listener.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { reads } = log;
    happen('two');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(log.reads).toBe(reads);
    const again = await listenTo(feed);
    happen('three');
    expect(await again.until('three')).toEqual(['three']);
    await feed.close();
  });

  it('tells late what happens while the log is away', async () => {
    const { feed, happen, log, logger } = setUp();
    const listener = await listenTo(feed);
    log.away = true;
    await expect(feed.listen('acme', () => undefined)).rejects.toThrow(Unavailable);
    happen('one');
    happen('two');
    log.away = false;
    expect(await listener.until('two')).toEqual(['one', 'two']);
    expect(logger.entries).toEqual([]);
    await feed.close();
    await expect(feed.listen('acme', () => undefined)).rejects.toThrow(Unavailable);
  });
});
