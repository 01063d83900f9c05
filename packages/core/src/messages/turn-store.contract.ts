import assert from 'node:assert/strict';
import { newId } from '../shared/ids.js';
import type { Declare } from '../shared/contract-suite.js';
import type { ConversationStore } from '../conversations/conversation-store.js';
import { boundHistory } from './history.js';
import { TurnLost } from './turn-lost.js';
import type { BegunTurn, NewTurn, TurnStore } from './turn-store.js';
import type { Answer, TurnRef } from './turn.js';

export interface TurnStoreFixture {
  /** Two replicas' stores over the same data. */
  one: TurnStore;
  two: TurnStore;
  conversations: ConversationStore;
}

const upTo = (maxMessages: number) => ({ maxMessages, maxTokens: 10_000 });

const never = new AbortController().signal;

function newTurn(conversationId: string, content: string, options: Partial<NewTurn> = {}): NewTurn {
  return {
    tenant: 'acme',
    conversationId,
    turnId: newId('msg'),
    message: { id: newId('msg'), content },
    request: {},
    conversation: { channel: 'api', agentId: 'main', summary: content },
    durable: false,
    historyLimits: upTo(10),
    ...options,
  };
}

function answerTo(ref: TurnRef, content: string): Answer {
  const { id, conversationId } = ref;
  const usage = { inputTokens: 3, outputTokens: 5 };
  return { id, conversationId, content, model: 'm', usage, skillsUsed: [], latencyMs: 7, interrupted: false };
}

/** `make` gives stores without any data of the tenants used here; `id` makes conversation ids that no other test uses. */
export function turnStoreContract(it: Declare, make: () => Promise<TurnStoreFixture>): void {
  const id = () => newId('conv');

  it('opens a conversation with the first turn and tells its place', async () => {
    const { one, conversations } = await make();
    const conversationId = id();
    const begun = await one.begin(newTurn(conversationId, 'hello'));
    assert.equal(begun.ref.no, 1);
    assert.deepEqual(begun.history, []);
    assert.equal(begun.agentId, 'main');
    const found = await conversations.find('acme', conversationId);
    assert.equal(found?.messageCount, 1);
    assert.equal(found?.summary, 'hello');
  });

  it('gives the next turn what was said before, oldest first, bounded by the limit', async () => {
    const { one } = await make();
    const conversationId = id();
    for (const text of ['a', 'b']) {
      const { ref } = await one.begin(newTurn(conversationId, text));
      await one.complete(ref, answerTo(ref, text.toUpperCase()));
    }
    const begun = await one.begin(newTurn(conversationId, 'c', { historyLimits: upTo(3) }));
    assert.deepEqual(begun.history, [
      { role: 'assistant', content: 'A' },
      { role: 'user', content: 'b' },
      { role: 'assistant', content: 'B' },
    ]);
    assert.deepEqual(
      (await one.history(begun.ref, upTo(1))).map((message) => message.content),
      ['B'],
    );
  });

  it('reads no more of huge messages than a model could be given', async () => {
    const { one } = await make();
    const conversationId = id();
    for (const text of ['x', 'y', 'z']) {
      const { ref } = await one.begin(newTurn(conversationId, text.repeat(100_000)));
      await one.complete(ref, answerTo(ref, text));
    }
    const limits = { maxMessages: 10, maxTokens: 30_000 };
    const begun = await one.begin(newTurn(conversationId, 'now', { historyLimits: limits }));
    const given = boundHistory(begun.history ?? [], limits);
    assert.deepEqual(
      given.map((message) => message.content.slice(0, 1)),
      ['(', 'y', 'z', 'z'],
    );
  });

  it('makes a turn wait for the earlier one, also on another replica', async () => {
    const { one, two } = await make();
    const conversationId = id();
    const first = await one.begin(newTurn(conversationId, 'first'));
    const second = await two.begin(newTurn(conversationId, 'second'));
    const third = await one.begin(newTurn(conversationId, 'third'));
    assert.equal(second.history, undefined);
    const order: string[] = [];
    const run = async (store: TurnStore, turn: BegunTurn, name: string) => {
      await store.whenReady(turn.ref, never);
      order.push(name);
      await store.complete(turn.ref, answerTo(turn.ref, name));
    };
    const rest = Promise.all([run(one, third, 'third'), run(two, second, 'second')]);
    order.push('first');
    await one.complete(first.ref, answerTo(first.ref, 'first'));
    await rest;
    assert.deepEqual(order, ['first', 'second', 'third']);
    const after = await two.begin(newTurn(conversationId, 'after'));
    assert.deepEqual(
      after.history?.map((message) => message.content),
      ['first', 'first', 'second', 'second', 'third', 'third'],
    );
  });

  it('never makes other conversations wait', async () => {
    const { one, two } = await make();
    await one.begin(newTurn(id(), 'busy'));
    assert.deepEqual((await two.begin(newTurn(id(), 'free'))).history, []);
  });

  it('leaves the queue when the caller does, and lets the next one through', async () => {
    const { one } = await make();
    const conversationId = id();
    const first = await one.begin(newTurn(conversationId, '1'));
    const second = await one.begin(newTurn(conversationId, '2'));
    const third = await one.begin(newTurn(conversationId, '3'));
    const leaving = new AbortController();
    const waited = one.whenReady(second.ref, leaving.signal);
    leaving.abort(new Error('left'));
    await assert.rejects(waited, /left/);
    await one.fail(second.ref, { code: 'timeout', message: 'left' });
    await one.complete(first.ref, answerTo(first.ref, '1'));
    await one.whenReady(third.ref, never);
  });

  it('tells the state of a turn', async () => {
    const { one } = await make();
    const conversationId = id();
    const good = await one.begin(newTurn(conversationId, 'good'));
    assert.deepEqual(await one.find('acme', good.ref.id), { status: 'processing', conversationId });
    const answer = answerTo(good.ref, 'fine');
    await one.complete(good.ref, answer);
    const completed = await one.find('acme', good.ref.id);
    const endedAt = completed?.status === 'completed' ? completed.endedAt : undefined;
    assert.ok(endedAt instanceof Date);
    assert.deepEqual(completed, { status: 'completed', conversationId, answer, endedAt });
    const skilled = await one.begin(newTurn(conversationId, 'skilled'));
    const skillEvents: Answer['skillEvents'] = [
      { at: 0, type: 'skill-call', skill: 'weather' },
      { at: 2, type: 'skill-result', skill: 'weather', status: 'failed' },
    ];
    const looked = { ...answerTo(skilled.ref, 'fine'), skillsUsed: ['weather'], skillEvents };
    await one.complete(skilled.ref, looked);
    const found = await one.find('acme', skilled.ref.id);
    assert.deepEqual(found?.status === 'completed' && found.answer, looked);
    const bad = await one.begin(newTurn(conversationId, 'bad'));
    const failure = { code: 'upstream_error' as const, message: 'the model is away' };
    await one.fail(bad.ref, failure);
    const failed = await one.find('acme', bad.ref.id);
    assert.ok(failed?.status === 'failed' && failed.endedAt instanceof Date);
    assert.deepEqual([failed.conversationId, failed.failure], [conversationId, failure]);
    assert.equal(await one.find('acme', 'msg_unknown'), undefined);
    assert.equal(await one.find('other', good.ref.id), undefined);
  });

  it('has a durable turn claimed by one replica only, in its place', async () => {
    const { one, two } = await make();
    const conversationId = id();
    const first = await one.begin(newTurn(conversationId, 'sync'));
    const request = { model: 'm', temperature: 0.5 };
    const accepted = await one.begin(newTurn(conversationId, 'async', { durable: true, request }));
    assert.equal(await two.claimNext('acme', conversationId), undefined);
    await one.complete(first.ref, answerTo(first.ref, 'done'));
    const claims = await Promise.all([one.claimNext('acme', conversationId), two.claimNext('acme', conversationId)]);
    const [claim] = claims.filter((claimed) => claimed !== undefined);
    assert.equal(claims.filter(Boolean).length, 1);
    assert.deepEqual(claim?.ref, accepted.ref);
    assert.equal(claim?.content, 'async');
    assert.deepEqual(claim?.request, request);
    assert.equal(claim?.attempt, 1);
    assert.equal(await two.claimNext('other', conversationId), undefined);
  });

  it('has a durable turn that was handed back claimed again', async () => {
    const { one, two } = await make();
    const conversationId = id();
    const begun = await one.begin(newTurn(conversationId, 'will outlive its caller'));
    await one.makeDurable(begun.ref);
    assert.equal(await two.claimNext('acme', conversationId), undefined);
    await one.handBack(begun.ref);
    const claim = await two.claimNext('acme', conversationId);
    assert.equal(claim?.attempt, 2);
    await assert.rejects(one.complete(begun.ref, answerTo(begun.ref, 'too late')), TurnLost);
    await one.fail(begun.ref, { code: 'internal_error', message: 'not mine' });
    await two.complete(begun.ref, answerTo(begun.ref, 'mine'));
    assert.equal((await one.find('acme', begun.ref.id))?.status, 'completed');
  });

  it('counts the durable turns that nobody runs, tenant by tenant and no further than asked', async () => {
    const { one } = await make();
    const tenant = newId('conv');
    const conversations = [id(), id(), id()];
    for (const conversationId of conversations)
      await one.begin(newTurn(conversationId, 'later', { tenant, durable: true }));
    await one.begin(newTurn(id(), 'now', { tenant }));
    await one.begin(newTurn(id(), 'elsewhere', { tenant: newId('conv'), durable: true }));
    assert.equal(await one.waiting(tenant, 100), 3);
    assert.equal(await one.waiting(tenant, 2), 2);
    const claimed = await one.claimNext(tenant, conversations[0] ?? '');
    assert.equal(await one.waiting(tenant, 100), 2);
    assert.ok(claimed);
    await one.complete(claimed.ref, answerTo(claimed.ref, 'done'));
    assert.equal(await one.waiting(tenant, 100), 2);
  });

  it('drops what runs when its conversation is deleted', async () => {
    const { one, conversations } = await make();
    const conversationId = id();
    const begun = await one.begin(newTurn(conversationId, 'hello'));
    const waiting = await one.begin(newTurn(conversationId, 'me too'));
    assert.equal(await conversations.delete('acme', conversationId), true);
    await assert.rejects(one.complete(begun.ref, answerTo(begun.ref, 'late')), TurnLost);
    await assert.rejects(one.whenReady(waiting.ref, never), TurnLost);
    assert.equal(await conversations.find('acme', conversationId), undefined);
    const again = await one.begin(newTurn(conversationId, 'anew'));
    assert.equal(again.ref.no, 1);
    assert.deepEqual(again.history, []);
  });

  it('keeps tenants apart, also under the same conversation id', async () => {
    const { one, conversations } = await make();
    const conversationId = id();
    const mine = await one.begin(newTurn(conversationId, 'mine'));
    const theirs = await one.begin(newTurn(conversationId, 'theirs', { tenant: 'other' }));
    assert.deepEqual(theirs.history, []);
    await one.complete(mine.ref, answerTo(mine.ref, 'secret'));
    assert.deepEqual(await one.history({ ...theirs.ref, no: 9 }, upTo(10)), [{ role: 'user', content: 'theirs' }]);
    const { messages } = await conversations.messages('other', conversationId, { limit: 10 });
    assert.deepEqual(
      messages.map((message) => message.content),
      ['theirs'],
    );
  });

  it('keeps every turn of a crowd, each seeing all that came before it', async () => {
    const { one, two } = await make();
    const conversationId = id();
    const seen = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const store = i % 2 ? one : two;
        const begun = await store.begin(newTurn(conversationId, `q${i}`, { historyLimits: upTo(100) }));
        let history = begun.history;
        if (!history) {
          await store.whenReady(begun.ref, never);
          history = await store.history(begun.ref, upTo(100));
        }
        await store.complete(begun.ref, answerTo(begun.ref, `a${i}`));
        return { no: begun.ref.no, history: history.length };
      }),
    );
    seen.sort((a, b) => a.no - b.no);
    assert.deepEqual(
      seen,
      seen.map((_, i) => ({ no: i + 1, history: i * 2 })),
    );
  });

  it('takes turns of many conversations at once, each with what was said in its own', async () => {
    const { one, two } = await make();
    const conversations = Array.from({ length: 40 }, id);
    for (const round of [1, 2, 3]) {
      const begun = await Promise.all(
        conversations.map((conversationId, i) => {
          const tenant = i % 3 ? 'acme' : 'other';
          return (i % 2 ? one : two).begin(newTurn(conversationId, `${round} of ${conversationId}`, { tenant }));
        }),
      );
      for (const { ref, history, agentId } of begun) {
        assert.equal(ref.no, round);
        assert.equal(agentId, 'main');
        assert.deepEqual(
          history?.map(({ content }) => content),
          Array.from({ length: (round - 1) * 2 }, (_, at) => `${Math.floor(at / 2) + 1} of ${ref.conversationId}`),
        );
      }
      await Promise.all(
        begun.map(({ ref }, i) =>
          (i % 2 ? one : two).complete(ref, answerTo(ref, `${round} of ${ref.conversationId}`)),
        ),
      );
    }
    const states = await Promise.all(
      conversations.map((conversationId) => one.begin(newTurn(conversationId, 'last', { tenant: 'nobody' }))),
    );
    assert.ok(states.every(({ ref, history }) => ref.no === 1 && history?.length === 0));
  });

  it('puts the turns of a crowd away although one of them has been lost', async () => {
    const { one, two, conversations } = await make();
    const begun = await Promise.all(Array.from({ length: 12 }, () => one.begin(newTurn(id(), 'hello'))));
    const lost = begun[5];
    assert.ok(lost);
    await conversations.delete('acme', lost.ref.conversationId);
    const outcomes = await Promise.allSettled(begun.map(({ ref }) => one.complete(ref, answerTo(ref, 'hi'))));
    assert.deepEqual(
      outcomes.flatMap(({ status }, at) => (status === 'rejected' ? [at] : [])),
      [5],
    );
    const found = await Promise.all(begun.map(({ ref }) => two.find('acme', ref.id)));
    assert.deepEqual(
      found.map((state) => state?.status),
      begun.map((_, at) => (at === 5 ? undefined : 'completed')),
    );
  });
}
