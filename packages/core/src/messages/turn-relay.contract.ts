import assert from 'node:assert/strict';
import { CANCELLED } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import type { Declare } from '../shared/contract-suite.js';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { TurnRelay } from './turn-relay.js';
import type { NewTurn, TurnStore } from './turn-store.js';

export interface TurnRelayFixture {
  /** Two replicas over the same data. */
  one: { relay: TurnRelay; turns: TurnStore };
  two: { relay: TurnRelay; turns: TurnStore };
  conversations: ConversationStore;
}

const never = new AbortController().signal;

function newTurn(options: Partial<NewTurn> = {}): NewTurn {
  return {
    tenant: 'acme',
    conversationId: newId('conv'),
    turnId: newId('msg'),
    message: { id: newId('msg'), content: 'hello' },
    request: {},
    conversation: { channel: 'api', agentId: 'main', summary: 'hello' },
    durable: false,
    historyLimits: { maxMessages: 10, maxTokens: 10_000 },
    ...options,
  };
}

const answer = {
  model: 'm',
  usage: { inputTokens: 1, outputTokens: 1 },
  skillsUsed: [],
  latencyMs: 1,
  interrupted: false,
};

/** Orders that note what came, and a promise of the first of each kind. */
function notedOrders() {
  const came: string[] = [];
  const cancelled = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  return {
    came,
    cancelled: cancelled.promise,
    told: told.promise,
    orders: {
      cancel: () => {
        came.push('cancel');
        cancelled.resolve();
      },
      tell: () => {
        came.push('tell');
        told.resolve();
      },
    },
  };
}

export function turnRelayContract(it: Declare, make: () => Promise<TurnRelayFixture>): void {
  it('brings an order to stop to whoever runs the turn, here or elsewhere', async () => {
    const { one, two } = await make();
    for (const from of [one, two]) {
      const { ref } = await one.turns.begin(newTurn());
      const noted = notedOrders();
      const leave = one.relay.attend(ref, noted.orders);
      assert.equal(await from.relay.cancel('acme', ref.id), 'cancelling');
      await noted.cancelled;
      assert.equal(noted.came.includes('tell'), false);
      leave();
    }
  });

  it('tells an order to who comes to run the turn after it was given', async () => {
    const { one, two } = await make();
    const { ref } = await one.turns.begin(newTurn());
    assert.equal(await two.relay.cancel('acme', ref.id), 'cancelling');
    const noted = notedOrders();
    const leave = one.relay.attend(ref, noted.orders);
    await noted.cancelled;
    leave();
  });

  it('ends a turn at once that nobody runs, and lets the next one through', async () => {
    const { one, two } = await make();
    const conversationId = newId('conv');
    const { ref } = await one.turns.begin(newTurn({ conversationId, durable: true }));
    const next = await one.turns.begin(newTurn({ conversationId }));
    assert.equal(await two.relay.cancel('acme', ref.id), 'cancelled');
    const state = await one.turns.find('acme', ref.id);
    assert.deepEqual(state?.status === 'failed' && state.failure, CANCELLED);
    await one.turns.whenReady(next.ref, never);
    assert.equal(await two.turns.claimNext('acme', conversationId), undefined);
  });

  it('knows no turn that has ended, and none of another tenant', async () => {
    const { one, two } = await make();
    const done = await one.turns.begin(newTurn());
    const { id, conversationId } = done.ref;
    await one.turns.complete(done.ref, { ...answer, id, conversationId, content: 'hi' });
    const failed = await one.turns.begin(newTurn());
    await one.turns.fail(failed.ref, { code: 'timeout', message: 'left' });
    const running = await one.turns.begin(newTurn());
    assert.equal(await two.relay.cancel('acme', id), undefined);
    assert.equal(await two.relay.cancel('acme', failed.ref.id), undefined);
    assert.equal(await two.relay.cancel('other', running.ref.id), undefined);
    assert.equal(await two.relay.cancel('acme', newId('msg')), undefined);
    assert.equal((await one.turns.find('acme', running.ref.id))?.status, 'processing');
  });

  it('asks whoever runs the turn to tell, only if somebody wants to hear', async () => {
    const { one, two } = await make();
    const { ref } = await one.turns.begin(newTurn());
    const noted = notedOrders();
    const leave = one.relay.attend(ref, noted.orders);
    await two.relay.follow('acme', ref.id, 'end');
    await two.relay.follow('other', ref.id, 'events');
    await two.relay.follow('acme', ref.id, 'events');
    await noted.told;
    assert.equal(noted.came.includes('cancel'), false);
    leave();
  });

  it('gives what was told, from a place on, in order, once, on any replica', async () => {
    const { one, two } = await make();
    const { ref } = await one.turns.begin(newTurn({ lasting: true, told: true }));
    assert.deepEqual(await two.relay.heard('acme', ref.id, undefined), { run: undefined, parts: [], more: false });
    await one.relay.tell(ref, { run: 1, at: 0, skillEvents: 0, items: [] });
    assert.deepEqual(await two.relay.heard('acme', ref.id, undefined), { run: 1, parts: [], more: false });
    await one.relay.tell(ref, { run: 1, at: 0, skillEvents: 0, items: ['ab', '안녕'] });
    await one.relay.tell(ref, { run: 1, at: 4, skillEvents: 0, items: ['ef'] });
    await one.relay.tell(ref, { run: 1, at: 4, skillEvents: 0, items: ['ef'] });
    const first = { at: 0, skillEvents: 0, items: ['ab', '안녕'] };
    const second = { at: 4, skillEvents: 0, items: ['ef'] };
    for (const { relay } of [one, two]) {
      assert.deepEqual((await relay.heard('acme', ref.id, undefined)).parts, [first, second]);
      assert.deepEqual((await relay.heard('acme', ref.id, { run: 1, position: 3, skillEvents: 0 })).parts, [
        first,
        second,
      ]);
      assert.deepEqual((await relay.heard('acme', ref.id, { run: 1, position: 4, skillEvents: 0 })).parts, [second]);
      assert.deepEqual((await relay.heard('acme', ref.id, { run: 1, position: 6, skillEvents: 0 })).parts, []);
    }
    assert.deepEqual((await two.relay.heard('other', ref.id, undefined)).parts, []);
  });

  it('gives what became of skills in its place, several at one position too, each once', async () => {
    const { one, two } = await make();
    const { ref } = await one.turns.begin(newTurn({ lasting: true, told: true }));
    const called = { type: 'skill-call', skill: 'weather' } as const;
    const failed = { type: 'skill-result', skill: 'weather', status: 'failed' } as const;
    const parts = [
      { at: 0, skillEvents: 0, items: ['ab', called] },
      { at: 2, skillEvents: 1, items: [called] },
      { at: 2, skillEvents: 2, items: [failed, failed, 'cd'] },
    ];
    await one.relay.tell(ref, { run: 1, at: 0, skillEvents: 0, items: [] });
    for (const part of [...parts, parts[1]!]) await one.relay.tell(ref, { run: 1, ...part });
    for (const { relay } of [one, two]) {
      assert.deepEqual((await relay.heard('acme', ref.id, undefined)).parts, parts);
      const after = async (position: number, skillEvents: number) =>
        (await relay.heard('acme', ref.id, { run: 1, position, skillEvents })).parts;
      assert.deepEqual(await after(2, 0), parts);
      assert.deepEqual(await after(2, 1), parts.slice(1));
      assert.deepEqual(await after(2, 2), parts.slice(2));
      assert.deepEqual(await after(2, 4), parts.slice(2));
      assert.deepEqual(await after(4, 4), []);
    }
  });

  it('gives all of a new run to who is in the old one', async () => {
    const { one, two } = await make();
    const { ref } = await one.turns.begin(newTurn({ lasting: true, told: true }));
    await one.relay.tell(ref, { run: 1, at: 0, skillEvents: 0, items: ['old'] });
    await two.relay.tell(ref, { run: 2, at: 0, skillEvents: 0, items: [] });
    assert.deepEqual(await one.relay.heard('acme', ref.id, { run: 1, position: 3, skillEvents: 0 }), {
      run: 2,
      parts: [],
      more: false,
    });
    await two.relay.tell(ref, { run: 2, at: 0, skillEvents: 0, items: ['new'] });
    const heard = { run: 2, parts: [{ at: 0, skillEvents: 0, items: ['new'] }], more: false };
    assert.deepEqual(await one.relay.heard('acme', ref.id, { run: 1, position: 3, skillEvents: 0 }), heard);
  });

  it('keeps it all readable, however much there is', async () => {
    const { one, two } = await make();
    const { ref } = await one.turns.begin(newTurn({ lasting: true, told: true }));
    for (let i = 0; i < 150; i++) await one.relay.tell(ref, { run: 1, at: i * 2, skillEvents: 0, items: ['x', 'y'] });
    let position = 0;
    for (let more = true; more;) {
      const heard = await two.relay.heard('acme', ref.id, { run: 1, position, skillEvents: 0 });
      for (const { at, items } of heard.parts) {
        assert.equal(at, position);
        position += items.join('').length;
      }
      more = heard.more;
    }
    assert.equal(position, 300);
  });

  it('forgets what a deleted conversation said, and is told no more of it', async () => {
    const { one, two, conversations } = await make();
    const { ref } = await one.turns.begin(newTurn({ lasting: true, told: true }));
    await one.relay.tell(ref, { run: 1, at: 0, skillEvents: 0, items: ['secret'] });
    await conversations.delete('acme', ref.conversationId);
    await one.relay.tell(ref, { run: 1, at: 6, skillEvents: 0, items: [' and more'] });
    assert.deepEqual(await two.relay.heard('acme', ref.id, undefined), { run: undefined, parts: [], more: false });
  });

  it('gives a sign of the end to who asked for it, and of each part', async () => {
    const { one, two } = await make();
    const { ref } = await one.turns.begin(newTurn({ lasting: true }));
    const { id, conversationId } = ref;
    await two.relay.follow('acme', id, 'events');
    const told = two.relay.nextSign('acme', id, never);
    await one.relay.tell(ref, { run: 1, at: 0, skillEvents: 0, items: ['hi'] });
    await told;
    const ended = two.relay.nextSign('acme', id, never);
    await one.turns.complete(ref, { ...answer, id, conversationId, content: 'hi' });
    await ended;
    const leaving = new AbortController();
    const aborted = two.relay.nextSign('acme', id, leaving.signal);
    leaving.abort();
    await aborted;
  });

  it('tells whoever claims a turn that it is followed', async () => {
    const { one, two } = await make();
    const turn = newTurn({ lasting: true });
    const { ref } = await one.turns.begin(turn);
    await two.relay.follow('acme', ref.id, 'events');
    await one.turns.handBack(ref);
    assert.equal((await two.turns.claimNext('acme', turn.conversationId))?.told, true);
  });
}
