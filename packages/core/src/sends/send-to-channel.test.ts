import { afterEach, describe, expect, it } from '@jest/globals';
import { InMemoryChannel } from '../channels/in-memory-channel.js';
import { InMemoryChannelDirectory } from '../channels/in-memory-channel-directory.js';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { Unavailable } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import { DeliverSends } from './deliver-sends.js';
import { InMemorySendStore } from './in-memory-send-store.js';
import { SendToChannel } from './send-to-channel.js';

const command = { tenant: 'default', channel: 'telegram', chatId: 'c1', text: 'hi' };
let delivery: DeliverSends | undefined;
afterEach(() => delivery?.stop(0));

describe('SendToChannel', () => {
  it('takes no text that would become a flood of messages, and names the limit', async () => {
    const store = new InMemorySendStore(new InMemoryConversations());
    const directory = new InMemoryChannelDirectory();
    directory.add('telegram', new InMemoryChannel(100));
    delivery = new DeliverSends(store, directory, new InMemoryLogger());
    const sends = new SendToChannel(store, delivery, directory, { draining: false }, ['telegram']);
    await expect(sends.execute({ ...command, text: 'x'.repeat(5_001) })).rejects.toThrow(
      'message would become 51 messages on telegram, whose messages have at most 100 characters; at most 50 are sent for one',
    );
    expect(await store.claimDue([{ channel: 'telegram', tenant: 'default' }], 10)).toEqual([]);
    const { send } = await sends.execute({ ...command, text: 'x'.repeat(5_000) });
    expect([send.state, send.messageIds.length]).toEqual(['sent', 50]);
  });

  it('lets nobody wait for a platform that says nothing when the gateway stops', async () => {
    const store = new InMemorySendStore(new InMemoryConversations());
    const channel = new InMemoryChannel();
    const { promise, resolve } = Promise.withResolvers<void>();
    channel.held = promise;
    const directory = new InMemoryChannelDirectory();
    directory.add('telegram', channel);
    delivery = new DeliverSends(store, directory, new InMemoryLogger());
    const active = { draining: false };
    const sends = new SendToChannel(store, delivery, directory, active, ['telegram'], 600_000);
    const waiting = sends.execute(command);
    active.draining = true;
    expect((await waiting).send.state).toBe('queued');
    await expect(sends.execute(command)).rejects.toThrow(Unavailable);
    resolve();
  });
});
