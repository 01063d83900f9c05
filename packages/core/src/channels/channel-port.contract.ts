import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { Declare } from '../shared/contract-suite.js';
import { ChannelRejected, ChannelUnavailable } from './channel-errors.js';
import type { KnownChat } from './channel-inbox.js';
import type { ChannelHost, ChannelPort, ChannelRequest, ChannelState, IncomingMessage } from './channel-port.js';

/** A channel on a platform that plays along. */
export interface ChannelFixture {
  channel: ChannelPort;
  /** A chat that takes messages. */
  chatId: string;
  /** A chat that the platform does not know. */
  unknownChatId: string;
  /** In UTF-16 code units, or fewer. */
  longestPart: number;
  /** What the platform took, oldest first: as text, without the platform's markup. */
  taken(): { chatId: string; messageId: string; text: string }[];
  /** The platform lets somebody write; resolves when it has been handed over, as often as it takes. */
  write(message: { text: string; from?: { id: string; name: string } }): Promise<void>;
  /** The same delivery once more. */
  writeAgain(): Promise<void>;
  /** The platform can't be reached until `mend`. */
  breakDown(): Promise<void>;
  mend(): Promise<void>;
  stop(): Promise<void>;
}

const never = new AbortController().signal;

/** A host that remembers what it was told, and one connection of a channel that tells it. */
export class RecordingHost implements ChannelHost {
  /** How the connection ends; nobody has to listen. */
  ended: Promise<void> = Promise.resolve();
  private readonly leaving = new AbortController();
  readonly messages: IncomingMessage[] = [];
  readonly states: ChannelState[] = [];
  private readonly told = new EventEmitter();

  accept = async (message: IncomingMessage): Promise<void> => {
    this.messages.push(message);
    this.told.emit('told');
  };

  changed = (state: ChannelState): void => {
    this.states.push(state);
    this.told.emit('told');
  };

  /** What it knows of the platform's chats, for channels that ask. */
  readonly known: KnownChat[] = [];

  chats = async (since: Date, most: number): Promise<KnownChat[]> =>
    this.known.filter(({ lastMessageAt }) => lastMessageAt >= since).slice(0, most);

  connect(channel: Pick<ChannelPort, 'connect'>): void {
    this.ended = channel.connect(this, this.leaving.signal);
    this.ended.catch(() => undefined);
  }

  /** Has the channel leave; settles as its connection ended. */
  leave(): Promise<void> {
    this.leaving.abort();
    return this.ended;
  }

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }

  get statuses(): ChannelState['status'][] {
    return this.states.map(({ status }) => status);
  }

  /** Resolves when it holds, and at once if it does. */
  async until(holds: (host: this) => boolean): Promise<void> {
    while (!holds(this)) await once(this.told, 'told');
  }

  untilStatus(status: ChannelState['status'], times = 1): Promise<void> {
    return this.until(({ states }) => states.filter((state) => state.status === status).length >= times);
  }
}

export function channelRequest(request: Partial<ChannelRequest>): ChannelRequest {
  return { method: 'POST', path: '/', headers: {}, body: Buffer.alloc(0), ...request };
}

/** `make` gives a channel and a platform of its own to each test. */
export function channelPortContract(it: Declare, make: () => Promise<ChannelFixture>): void {
  const test = (name: string, use: (fixture: ChannelFixture) => Promise<void>) =>
    it(name, async () => {
      const fixture = await make();
      try {
        await use(fixture);
      } finally {
        await fixture.stop();
      }
    });

  const connected = async (fixture: ChannelFixture, use: (host: RecordingHost) => Promise<void>) => {
    const host = new RecordingHost();
    host.connect(fixture.channel);
    try {
      await Promise.race([host.untilStatus('connected'), host.ended]);
      await use(host);
    } finally {
      await host.leave();
    }
  };

  test('sends, and gives the id under which the platform has it', async ({ channel, chatId, taken }) => {
    const { messageId } = await channel.send(chatId, 'hello *there*, 안녕하세요 🎉', never);
    const [message] = taken();
    assert.equal(message?.messageId, messageId);
    assert.equal(message.chatId, chatId);
    assert.match(message.text, /hello .?there.?, 안녕하세요 🎉/);
  });

  test('splits what is too long into parts that the platform takes, in order and whole', async (fixture) => {
    const { channel, chatId, longestPart, taken } = fixture;
    const words = Array.from({ length: longestPart / 4 }, (_, no) => `word${no}`);
    const parts = channel.split(words.join(' '));
    assert.ok(parts.length > 1);
    for (const part of parts.slice(0, 2)) await channel.send(chatId, part, never);
    const said = taken()
      .map(({ text }) => text)
      .join(' ')
      .split(/\s+/);
    assert.deepEqual(said, words.slice(0, said.length));
    assert.deepEqual(channel.split('short'), ['short']);
  });

  test('says that a chat is not there, in the words of the platform', async ({ channel, unknownChatId }) => {
    await assert.rejects(channel.send(unknownChatId, 'hello', never), (error) => {
      assert.ok(error instanceof ChannelRejected, String(error));
      assert.ok(error.message.length > 10);
      return true;
    });
  });

  test('says that the platform is away, and goes on when it is back', async (fixture) => {
    const { channel, chatId, taken } = fixture;
    await fixture.breakDown();
    await assert.rejects(channel.send(chatId, 'lost', never), (error) => error instanceof ChannelUnavailable);
    await assert.rejects(channel.check(never), (error) => error instanceof ChannelUnavailable);
    await fixture.mend();
    await channel.send(chatId, 'found', never);
    assert.deepEqual(
      taken().map(({ text }) => text.trim()),
      ['found'],
    );
  });

  test("throws the signal's reason", async ({ channel, chatId, taken }) => {
    const reason = new Error('not any more');
    await assert.rejects(channel.send(chatId, 'hello', AbortSignal.abort(reason)), (error) => error === reason);
    assert.deepEqual(taken(), []);
  });

  test('shows that an answer is being made', ({ channel, chatId }) => channel.typing(chatId, never));

  test('gives a sign of life', ({ channel }) => channel.check(never));

  test('changes what it has sent, where the platform can', async ({ channel, chatId, taken }) => {
    if (!channel.edits) return;
    const { messageId } = await channel.send(chatId, 'one', never);
    await channel.edits.edit(chatId, messageId, 'one two', never);
    await channel.edits.edit(chatId, messageId, 'one two', never);
    assert.deepEqual(
      taken().map(({ text }) => text.trim()),
      ['one two'],
    );
  });

  test('hands over what is written, with who wrote it and where to answer', async (fixture) => {
    await connected(fixture, async (host) => {
      await fixture.write({ text: 'hello, 안녕 🎉', from: { id: 'u-1', name: 'Ada' } });
      await host.until(({ messages }) => messages.length > 0);
      const [message] = host.messages;
      assert.equal(message?.text, 'hello, 안녕 🎉');
      assert.equal(message.addressed, true);
      assert.ok(message.from.id.length > 0 && message.from.name.length > 0);
      assert.ok(Math.abs(message.sentAt.getTime() - Date.now()) < 3_600_000);
      await fixture.channel.send(message.chatId, 'answer', never);
    });
    assert.equal(fixture.taken().at(-1)?.text.trim(), 'answer');
  });

  test('names a delivery that comes twice alike both times', async (fixture) => {
    await connected(fixture, async (host) => {
      await fixture.write({ text: 'once' });
      await host.until(({ messages }) => messages.length > 0);
      await fixture.writeAgain();
      await fixture.write({ text: 'another' });
      await host.until(({ messages }) => messages.some(({ text }) => text === 'another'));
      const ids = new Map(host.messages.map(({ updateId, text }) => [updateId, text]));
      assert.deepEqual([...ids.values()].sort(), ['another', 'once']);
    });
  });

  test('tells that the connection is lost, and connects again by itself', async (fixture) => {
    await connected(fixture, async (host) => {
      await fixture.breakDown();
      await host.until(({ states }) => states.at(-1)?.status !== 'connected');
      await fixture.mend();
      await host.until(({ states }) => states.at(-1)?.status === 'connected');
      await fixture.write({ text: 'again' });
      await host.until(({ messages }) => messages.some(({ text }) => text === 'again'));
    });
  });
}
