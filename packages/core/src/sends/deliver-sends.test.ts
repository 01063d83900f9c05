import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { ChannelRejected, ChannelUnavailable } from '../channels/channel-errors.js';
import { chatConversationId } from '../channels/chat-conversation.js';
import { InMemoryChannel } from '../channels/in-memory-channel.js';
import { InMemoryChannelDirectory } from '../channels/in-memory-channel-directory.js';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { Unavailable } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import { InMemoryLogger } from '../shared/logger.js';
import { DeliverSends } from './deliver-sends.js';
import { InMemorySendStore } from './in-memory-send-store.js';
import { retryDelay } from './retry-delay.js';
import type { Send } from './send.js';

let store: InMemorySendStore;
let channel: InMemoryChannel;
let directory: InMemoryChannelDirectory;
let delivery: DeliverSends;

beforeEach(() => {
  store = new InMemorySendStore(new InMemoryConversations());
  channel = new InMemoryChannel(100, true);
  directory = new InMemoryChannelDirectory();
  directory.add('telegram', channel);
  delivery = new DeliverSends(store, directory, new InMemoryLogger(), { partTimeoutMs: 200 });
});
afterEach(() => delivery.stop(0));

/** Accepts it; the outcome of its next attempt. */
async function send(text: string, chatId = 'c1'): Promise<{ id: string; outcome: Promise<Send> }> {
  const id = newId('msg');
  const conversationId = chatConversationId('telegram', chatId);
  const about = { tenant: 'default', id, channel: 'telegram', chatId, conversationId, agentId: 'main', text };
  const accepted = await store.accept(about);
  const outcome = next(id);
  if ('claimed' in accepted && accepted.claimed) delivery.deliver(accepted.claimed);
  return { id, outcome };
}

function next(id: string): Promise<Send> {
  return new Promise((resolve) => {
    const unwatch = delivery.watchers.watch({ tenant: 'default', id }, (state) => {
      unwatch();
      resolve(state);
    });
  });
}

const texts = () => channel.taken.map(({ text }) => text);

describe('DeliverSends', () => {
  it('sends what waits in a chat one after another, and other chats meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    channel.held = promise;
    const first = await send('1');
    const second = await send('2');
    channel.held = undefined;
    await (
      await send('elsewhere', 'c2')
    ).outcome;
    assert.deepEqual(texts(), ['elsewhere']);
    resolve();
    assert.equal((await second.outcome).state, 'sent');
    assert.equal((await first.outcome).state, 'sent');
    assert.deepEqual(texts(), ['elsewhere', '1', '2']);
  });

  it('waits as long as the platform asks, then goes on with the part that failed', async () => {
    channel.faults.push(undefined, new ChannelUnavailable('slow down', { retryAfterMs: 60_000 }));
    const long = `${'a'.repeat(90)}\n\n${'b'.repeat(90)}\n\n${'c'.repeat(90)}`;
    const { id, outcome } = await send(long);
    const queued = await outcome;
    assert.deepEqual([queued.state, queued.lastError, queued.messageIds], ['queued', 'slow down', ['p1']]);
    delivery.look();
    const again = next(id);
    store.pass(59_000);
    delivery.look();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(channel.taken.length, 1);
    store.pass(8_000);
    delivery.look();
    assert.deepEqual((await again).messageIds, ['p1', 'p2', 'p3']);
    assert.equal(texts().join('\n\n'), long);
  });

  it('takes a no for a no, and goes on with what is behind it', async () => {
    channel.faults.push(new ChannelRejected('blocked'));
    const first = await send('1');
    const second = await send('2');
    assert.deepEqual((await first.outcome).failure, { code: 'channel_rejected', message: 'blocked' });
    assert.equal((await second.outcome).state, 'sent');
  });

  it('gives up what is too old, with the last reason', async () => {
    channel.away = true;
    const { id, outcome } = await send('1');
    await outcome;
    const given = next(id);
    store.pass(25 * 3_600_000);
    delivery.look();
    assert.match((await given).failure?.message ?? '', /^Given up after 25 hours: The platform is away$/);
  });

  it('does not wait for ever for an answer', async () => {
    channel.send = (_chatId, _part, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    assert.match((await (await send('1')).outcome).lastError ?? '', /did not answer within 200 ms/);
  });

  it('notes what was taken once the database is back, and sends nothing twice', async () => {
    const note = store.note.bind(store);
    let away = 3;
    store.note = async (...args) => {
      if (away-- > 0) throw new Unavailable('the database is away');
      return note(...args);
    };
    assert.equal((await (await send('1')).outcome).state, 'sent');
    assert.deepEqual(texts(), ['1']);
  });

  it('puts back what is under way when it stops, for another to send', async () => {
    channel.held = new Promise(() => undefined);
    channel.send = (_chatId, _part, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const { id } = await send('1');
    await delivery.stop(1);
    const [claimed] = await store.sibling('two').claimDue([{ channel: 'telegram', tenant: 'default' }], 10);
    assert.deepEqual([claimed?.id, claimed?.lastError], [id, undefined]);
  });

  it('leaves what no channel serves to who serves it, until it is too old', async () => {
    directory.opened.length = 0;
    const { id, outcome } = await send('1');
    assert.match((await outcome).lastError ?? '', /not served here/);
    store.pass(25 * 3_600_000);
    const given = next(id);
    delivery.look();
    assert.equal((await given).state, 'failed');
  });

  it('understands the errors of a channel that has its own copy of them, or none', async () => {
    channel.faults.push(
      Object.assign(new Error('later'), { code: 'service_unavailable', retryAfterMs: 5_000 }),
      Object.assign(new Error('never'), { code: 'channel_rejected' }),
    );
    assert.equal((await (await send('1')).outcome).lastError, 'later');
    assert.equal((await (await send('2', 'c2')).outcome).failure?.message, 'never');
  });

  it('fails at a channel’s own mistakes without losing the message', async () => {
    channel.faults.push(new TypeError('undefined is not a function'));
    assert.equal((await (await send('1')).outcome).lastError, 'The channel failed');
  });
});

describe('retryDelay', () => {
  it('doubles, varies, and is bounded', () => {
    const at = (random: number) => [1, 2, 3, 4, 20].map((attempts) => retryDelay(attempts, undefined, () => random));
    assert.deepEqual(at(0), [1_000, 2_000, 4_000, 8_000, 300_000]);
    assert.deepEqual(at(1), [500, 1_000, 2_000, 4_000, 150_000]);
  });

  it('is never earlier than the platform asks, within reason', () => {
    assert.equal(
      retryDelay(1, 30_000, () => 0),
      30_000,
    );
    assert.equal(
      retryDelay(1, 30_000, () => 1),
      33_000,
    );
    assert.equal(
      retryDelay(1, 999_999_999, () => 0),
      3_600_000,
    );
  });
});
