import assert from 'node:assert/strict';
import { chatConversationId } from '../channels/chat-conversation.js';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { EventLog } from '../events/event-log.js';
import { readToEnd } from '../events/event-log.contract.js';
import { KEY_LIFETIME_MS } from '../idempotency/idempotency-keys.js';
import type { NewTurn, TurnStore } from '../messages/turn-store.js';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { ClaimedSend, NewSend } from './send.js';
import type { AcceptedSend, SendStore } from './send-store.js';

export interface SendStoreFixture {
  /** Two replicas' stores over the same data. */
  one: SendStore;
  two: SendStore;
  turns: TurnStore;
  conversations: ConversationStore;
  events: EventLog;
  /** Lets this much time pass for keys and sends. */
  pass(ms: number): Promise<void>;
  /** Replica one is found dead: others get what it had claimed. */
  oneDies(): Promise<void>;
}

function claimedOf(accepted: AcceptedSend): ClaimedSend {
  assert.ok('claimed' in accepted && accepted.claimed, 'was not claimed');
  return accepted.claimed;
}

const sent = (...messageIds: string[]) => ({ state: 'sent' as const, messageIds });
const later = (retryInMs: number, ...messageIds: string[]) => ({
  ...{ state: 'queued' as const, messageIds, error: 'away', retryInMs },
});

/** Each test uses a tenant of its own. */
export function sendStoreContract(it: Declare, make: () => Promise<SendStoreFixture>): void {
  const test = (
    name: string,
    use: (
      fixture: SendStoreFixture & {
        tenant: string;
        send: (text: string, chatId?: string) => NewSend;
        due: (store: SendStore) => Promise<string[]>;
      },
    ) => Promise<void>,
  ) =>
    it(name, async () => {
      const fixture = await make();
      const tenant = newId('run');
      const send = (text: string, chatId = 'c1'): NewSend => ({
        ...{ tenant, id: newId('msg'), channel: 'telegram', chatId, agentId: 'main', text },
        conversationId: chatConversationId('telegram', chatId),
      });
      const due = async (store: SendStore) =>
        (await store.claimDue([{ channel: 'telegram', tenant }], 10)).map(({ text }) => text);
      await use({ ...fixture, tenant, send, due });
    });

  test('stores a send with its message, and claims the first one of a chat', async (fixture) => {
    const { one, two, conversations, tenant, send } = fixture;
    const first = send('hello');
    const claimed = claimedOf(await one.accept(first));
    assert.deepEqual([claimed.id, claimed.text, claimed.attempts], [first.id, 'hello', 1]);
    const second = await two.accept(send('again'));
    assert.equal('claimed' in second && second.claimed, undefined);
    claimedOf(await two.accept(send('elsewhere', 'c2')));
    const conversation = await conversations.find(tenant, 'telegram:c1');
    assert.deepEqual([conversation?.channel, conversation?.messageCount], ['telegram', 2]);
    const { messages } = await conversations.messages(tenant, 'telegram:c1', { limit: 10 });
    assert.deepEqual(
      messages.map(({ role, content, id }) => [role, content, id === first.id]),
      [
        ['assistant', 'hello', true],
        ['assistant', 'again', false],
      ],
    );
    const found = await two.find(tenant, first.id);
    assert.deepEqual([found?.state, found?.chatId, found?.messageIds], ['queued', 'c1', []]);
    assert.equal(await two.find('other', first.id), undefined);
  });

  test("gives a chat's sends one at a time, in their order, to whoever ends the one before", async (fixture) => {
    const { one, two, send, due } = fixture;
    const first = claimedOf(await one.accept(send('1')));
    await two.accept(send('2'));
    await one.accept(send('3'));
    assert.deepEqual(await due(two), []);
    const second = await one.note(first, sent('p1'), true);
    assert.equal(second?.text, '2');
    assert.equal(await one.note(second, sent('p2'), false), undefined);
    assert.deepEqual(await due(two), ['3']);
    assert.deepEqual(await due(one), []);
    assert.equal(await one.note(first, later(0), true), undefined);
    assert.equal((await two.find(first.tenant, first.id))?.state, 'sent');
  });

  test('puts back what may go later, and nothing of its chat before it', async (fixture) => {
    const { one, two, send, due, pass, tenant } = fixture;
    const first = claimedOf(await one.accept(send('1')));
    await one.accept(send('2'));
    await one.note(first, later(60_000), true);
    assert.deepEqual(await due(two), []);
    claimedOf(await two.accept(send('other chat', 'c2')));
    assert.equal((await one.find(tenant, first.id))?.lastError, 'away');
    await pass(61_000);
    const [again] = await two.claimDue([{ channel: 'telegram', tenant }], 10);
    assert.deepEqual([again?.text, again?.attempts], ['1', 2]);
  });

  test('claims nothing of channels that are not served, nor of another tenant', async (fixture) => {
    const { one, two, send, tenant } = fixture;
    await one.note(claimedOf(await one.accept(send('1'))), later(0), true);
    assert.deepEqual(await two.claimDue([{ channel: 'slack', tenant }], 10), []);
    assert.deepEqual(await two.claimDue([{ channel: 'telegram', tenant: 'other' }], 10), []);
    assert.deepEqual(await two.claimDue([], 10), []);
  });

  test('keeps which parts have gone', async (fixture) => {
    const { one, two, send, tenant } = fixture;
    const first = claimedOf(await one.accept(send('a b c')));
    assert.equal(await one.progress(first, ['a', 'b', 'c'], ['p1']), true);
    assert.equal(await two.progress(first, ['a'], ['x']), false);
    await one.note(first, later(0, 'p1', 'p2'), true);
    const [again] = await two.claimDue([{ channel: 'telegram', tenant }], 10);
    assert.deepEqual(
      [again?.parts, again?.messageIds],
      [
        ['a', 'b', 'c'],
        ['p1', 'p2'],
      ],
    );
  });

  test('gives what a dead replica had claimed to others', async (fixture) => {
    const { one, two, send, due, oneDies } = fixture;
    const first = claimedOf(await one.accept(send('1')));
    assert.deepEqual(await due(two), []);
    await oneDies();
    assert.deepEqual(await due(two), ['1']);
    assert.equal(await one.note(first, sent('late'), true), undefined);
    assert.equal((await two.find(first.tenant, first.id))?.state, 'queued');
  });

  test('leads a key to its send, on each replica', async (fixture) => {
    const { one, two, send, pass, conversations, tenant } = fixture;
    const first = send('once');
    claimedOf(await one.accept(first, { key: 'k', fingerprint: 'f' }));
    for (const store of [one, two]) {
      const again = await store.accept(send('once'), { key: 'k', fingerprint: 'other' });
      assert.deepEqual(again, {
        used: { turnId: first.id, conversationId: 'telegram:c1', fingerprint: 'f' },
      });
    }
    assert.equal((await conversations.find(tenant, 'telegram:c1'))?.messageCount, 1);
    await pass(KEY_LIFETIME_MS + 60_000);
    assert.ok('claimed' in (await two.accept(send('once more'), { key: 'k', fingerprint: 'f' })));
  });

  test('lets one of a crowd under one key be sent', async (fixture) => {
    const { one, two, send } = fixture;
    const crowd = await Promise.all(
      Array.from({ length: 12 }, (_, i) => (i % 2 ? one : two).accept(send('once'), { key: 'k', fingerprint: 'f' })),
    );
    assert.equal(crowd.filter((accepted) => 'claimed' in accepted).length, 1);
  });

  test('tells of a send when the platform has taken it, and of one that it refused', async (fixture) => {
    const { one, events, send, tenant } = fixture;
    const start = await events.end();
    const first = claimedOf(await one.accept(send('1')));
    await one.accept(send('2'));
    const { events: before } = await readToEnd(events, start, [tenant]);
    assert.deepEqual(
      before.map(({ name }) => name),
      ['conversation.created'],
    );
    const second = await one.note(first, sent('p1'), true);
    assert.ok(second);
    const failure = { code: 'channel_rejected' as const, message: 'chat not found' };
    await one.note(second, { state: 'failed', messageIds: [], failure }, true);
    const { events: told } = await readToEnd(events, start, [tenant]);
    assert.deepEqual(
      told.map(({ name }) => name),
      ['conversation.created', 'message.sent', 'message.failed'],
    );
    const [, ok, bad] = told;
    assert.ok(ok?.name === 'message.sent' && bad?.name === 'message.failed');
    const { messageId, conversationId, channel, chatId, from, content } = ok.data;
    assert.deepEqual(
      [messageId, conversationId, channel, chatId, from.id, content],
      [first.id, 'telegram:c1', 'telegram', 'c1', 'main', '1'],
    );
    assert.deepEqual(bad.data.error, { error: 'channel_rejected', message: 'chat not found' });
    assert.deepEqual((await one.find(tenant, second.id))?.failure, failure);
  });

  test('queues the answer of a turn in its chat, in order, and tells of it once it has gone', async (fixture) => {
    const { one, turns, events, send, tenant, due } = fixture;
    const start = await events.end();
    const { ref } = await turns.begin(turnOf(tenant));
    const first = claimedOf(await one.accept(send('before')));
    const reply = { channel: 'telegram', chatId: 'c1' };
    await turns.complete(ref, answerTo(ref, 'the answer'), reply);
    assert.equal((await one.find(tenant, ref.id))?.state, 'queued');
    const next = await one.note(first, sent('p1'), true);
    assert.deepEqual([next?.id, next?.text], [ref.id, 'the answer']);
    assert.ok(next);
    await one.note(next, sent('p2'), true);
    const silent = await turns.begin(turnOf(tenant));
    await turns.complete(silent.ref, answerTo(silent.ref, ' '), reply);
    assert.deepEqual(await due(one), []);
    const { events: told } = await readToEnd(events, start, [tenant]);
    const contents = told.flatMap((event) => (event.name === 'message.sent' ? [event.data.content] : []));
    assert.deepEqual(contents, ['before', 'the answer', ' ']);
  });

  test('tells a chat that asked that its answer has no text, and nobody else', async (fixture) => {
    const { one, turns, events, conversations, tenant } = fixture;
    const start = await events.end();
    const { ref } = await turns.begin(turnOf(tenant));
    await turns.complete(ref, answerTo(ref, '\n'), { channel: 'telegram', chatId: 'c1', notice: 'sorry' });
    const claimed = await one.claimDue([{ channel: 'telegram', tenant }], 10);
    assert.deepEqual(
      claimed.map(({ text, id }) => [text, id]),
      [['sorry', ref.id]],
    );
    for (const each of claimed) await one.note(each, sent('p1'), true);
    const { events: told } = await readToEnd(events, start, [tenant]);
    const contents = told.flatMap((event) => (event.name === 'message.sent' ? [event.data.content] : []));
    assert.deepEqual(contents, ['\n']);
    const { messages } = await conversations.messages(tenant, 'telegram:c1', { limit: 10 });
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['hello', '\n'],
    );
  });

  test('gives what was sent to the turns that come after it, the newest where there is too much', async (fixture) => {
    const { one, two, turns, send, tenant } = fixture;
    await one.accept(send('your parcel has come'));
    await two.accept(send('and waits at the desk'));
    const said = [
      { role: 'assistant', content: 'your parcel has come' },
      { role: 'assistant', content: 'and waits at the desk' },
    ];
    const first = await turns.begin(turnOf(tenant));
    assert.deepEqual(first.history, said);
    await turns.complete(first.ref, answerTo(first.ref, 'from eight to six'));
    await one.accept(send('closed today'));
    const all = [
      ...said,
      { role: 'user', content: 'hello' },
      ...['from eight to six', 'closed today'].map((content) => ({ role: 'assistant', content })),
    ];
    const second = await turns.begin(turnOf(tenant));
    assert.deepEqual(second.history, all);
    assert.deepEqual(await turns.history(second.ref, { maxMessages: 4, maxTokens: 10_000 }), all.slice(-4));
  });

  test('tells a chat once that it gets no answer, and nobody else', async (fixture) => {
    const { one, turns, events, tenant } = fixture;
    const { ref } = await turns.begin(turnOf(tenant));
    const notice = { id: newId('msg'), channel: 'telegram', chatId: 'c1', text: 'sorry' };
    await turns.fail(ref, { code: 'upstream_error', message: 'away' }, notice);
    await turns.fail(ref, { code: 'upstream_error', message: 'away' }, { ...notice, id: newId('msg') });
    const start = await events.end();
    const claimed = await one.claimDue([{ channel: 'telegram', tenant }], 10);
    assert.deepEqual(
      claimed.map(({ text, id }) => [text, id]),
      [['sorry', notice.id]],
    );
    for (const each of claimed) await one.note(each, sent('p1'), true);
    assert.deepEqual((await readToEnd(events, start, [tenant])).events, []);
  });

  test('takes back what nobody was told of', async (fixture) => {
    const { one, two, send, conversations, tenant, due } = fixture;
    const first = claimedOf(await one.accept(send('1')));
    await one.accept(send('2'));
    await two.withdraw(first);
    assert.equal((await one.find(tenant, first.id))?.state, 'queued');
    await one.withdraw(first);
    assert.equal(await one.find(tenant, first.id), undefined);
    assert.equal((await conversations.find(tenant, 'telegram:c1'))?.messageCount, 1);
    assert.deepEqual(await due(two), ['2']);
  });

  test('finds what has been queued for too long, whatever its channel', async (fixture) => {
    const { one, two, send, pass } = fixture;
    const first = claimedOf(await one.accept(send('1')));
    await one.note(first, later(3_600_000), true);
    const mine = (claimed: ClaimedSend[]) => claimed.filter(({ id }) => id === first.id).length;
    assert.equal(mine(await two.claimOverdue(86_400_000, 1_000)), 0);
    await pass(90_000_000);
    assert.equal(mine(await two.claimOverdue(86_400_000, 1_000)), 1);
  });

  test('forgets with a conversation what has not gone out of it', async (fixture) => {
    const { one, send, conversations, tenant } = fixture;
    const first = claimedOf(await one.accept(send('1')));
    await conversations.delete(tenant, 'telegram:c1');
    assert.equal(await one.find(tenant, first.id), undefined);
    assert.equal(await one.note(first, sent('p1'), true), undefined);
    claimedOf(await one.accept(send('anew')));
  });
}

function turnOf(tenant: string): NewTurn {
  return {
    ...{ tenant, conversationId: 'telegram:c1', turnId: newId('msg'), request: {}, durable: false },
    message: { id: newId('msg'), content: 'hello' },
    conversation: { channel: 'telegram', agentId: 'main', summary: 'hello' },
    historyLimits: { maxMessages: 10, maxTokens: 10_000 },
  };
}

function answerTo({ id, conversationId }: { id: string; conversationId: string }, content: string) {
  const usage = { inputTokens: 1, outputTokens: 1 };
  return { id, conversationId, content, model: 'm', usage, skillsUsed: [], latencyMs: 1, interrupted: false };
}
