import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { NewTurn, TurnStore } from '../messages/turn-store.js';
import { type IdempotencyKeys, KEY_LIFETIME_MS } from './idempotency-keys.js';

export interface IdempotencyKeysFixture {
  /** Two replicas' stores over the same data. */
  one: { keys: IdempotencyKeys; turns: TurnStore };
  two: { keys: IdempotencyKeys; turns: TurnStore };
  conversations: ConversationStore;
  /** Lets this much time pass for the keys. */
  pass(ms: number): Promise<void>;
}

function newTurn(options: Partial<NewTurn> = {}): NewTurn {
  return {
    tenant: 'acme',
    conversationId: newId('conv'),
    turnId: newId('msg'),
    message: { id: newId('msg'), content: 'hello' },
    request: {},
    conversation: { channel: 'api', agentId: 'main', summary: 'hello' },
    durable: false,
    lasting: true,
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

export function idempotencyKeysContract(it: Declare, make: () => Promise<IdempotencyKeysFixture>): void {
  it('begins the first turn under a key and tells every other one of it, on each replica', async () => {
    const { one, two, conversations } = await make();
    const first = newTurn();
    const begun = await one.keys.begin({ key: 'k', fingerprint: 'f' }, first);
    assert.ok('begun' in begun);
    assert.equal(begun.begun.ref.id, first.turnId);
    assert.deepEqual(begun.begun.history, []);
    const used = { used: { turnId: first.turnId, conversationId: first.conversationId, fingerprint: 'f' } };
    for (const { keys } of [one, two]) {
      const again = newTurn();
      assert.deepEqual(await keys.begin({ key: 'k', fingerprint: 'other' }, again), used);
      assert.equal(await conversations.find('acme', again.conversationId), undefined);
    }
  });

  it('gives the history of a conversation that goes on', async () => {
    const { one } = await make();
    const conversationId = newId('conv');
    const { ref } = await one.turns.begin(newTurn({ conversationId }));
    await one.turns.complete(ref, { ...answer, id: ref.id, conversationId, content: 'hi' });
    const begun = await one.keys.begin({ key: 'k', fingerprint: 'f' }, newTurn({ conversationId }));
    assert.ok('begun' in begun);
    assert.deepEqual(
      begun.begun.history?.map((message) => message.content),
      ['hello', 'hi'],
    );
  });

  it('lets one of a crowd begin', async () => {
    const { one, two, conversations } = await make();
    const turns = Array.from({ length: 20 }, () => newTurn());
    const outcomes = await Promise.all(
      turns.map((turn, i) => (i % 2 ? one : two).keys.begin({ key: 'k', fingerprint: 'f' }, turn)),
    );
    const begun = outcomes.flatMap((outcome) => ('begun' in outcome ? [outcome.begun.ref.id] : []));
    assert.equal(begun.length, 1);
    for (const outcome of outcomes) if ('used' in outcome) assert.equal(outcome.used.turnId, begun[0]);
    assert.equal((await conversations.counts('acme')).total, 1);
  });

  it('keeps tenants apart', async () => {
    const { one } = await make();
    assert.ok('begun' in (await one.keys.begin({ key: 'k', fingerprint: 'f' }, newTurn())));
    assert.ok('begun' in (await one.keys.begin({ key: 'k', fingerprint: 'f' }, newTurn({ tenant: 'other' }))));
  });

  it('forgets a key after 24 hours', async () => {
    const { one, two, pass } = await make();
    await one.keys.begin({ key: 'k', fingerprint: 'f' }, newTurn());
    await pass(KEY_LIFETIME_MS - 60_000);
    assert.ok('used' in (await two.keys.begin({ key: 'k', fingerprint: 'f' }, newTurn())));
    await pass(120_000);
    const turn = newTurn();
    assert.ok('begun' in (await two.keys.begin({ key: 'k', fingerprint: 'new' }, turn)));
    const again = await one.keys.begin({ key: 'k', fingerprint: 'new' }, newTurn());
    assert.deepEqual('used' in again && [again.used.turnId, again.used.fingerprint], [turn.turnId, 'new']);
  });

  it('has a turn that its replica gave back run by another', async () => {
    const { one, two } = await make();
    const turn = newTurn();
    const begun = await one.keys.begin({ key: 'k', fingerprint: 'f' }, turn);
    assert.ok('begun' in begun);
    assert.equal(await two.turns.claimNext('acme', turn.conversationId), undefined);
    await one.turns.handBack(begun.begun.ref);
    assert.equal((await two.turns.claimNext('acme', turn.conversationId))?.ref.id, turn.turnId);
  });

  it('takes a turn for the worker too', async () => {
    const { one, two } = await make();
    const turn = newTurn({ durable: true });
    assert.ok('begun' in (await one.keys.begin({ key: 'k', fingerprint: 'f' }, turn)));
    assert.ok('used' in (await two.keys.begin({ key: 'k', fingerprint: 'f' }, newTurn({ durable: true }))));
    assert.equal((await two.turns.claimNext('acme', turn.conversationId))?.ref.id, turn.turnId);
  });

  it('begins each key of a crowd once, beside turns without one', async () => {
    const { one, two, conversations } = await make();
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        const { keys, turns } = at % 2 ? one : two;
        const turn = newTurn({ lasting: at % 5 > 0, told: at % 7 === 0 });
        // A fifth without a key; each other key three or four times.
        if (at % 5 === 0) return { turn, key: undefined, outcome: { begun: await turns.begin(turn) } };
        const key = `crowd-${at % 16}`;
        return { turn, key, outcome: await keys.begin({ key, fingerprint: 'f' }, turn) };
      }),
    );
    const firsts = new Map<string, string>();
    for (const { turn, key, outcome } of outcomes) {
      if (!('begun' in outcome)) continue;
      assert.equal(outcome.begun.ref.id, turn.turnId);
      if (key === undefined) continue;
      assert.ok(!firsts.has(key), `${key} was begun twice`);
      firsts.set(key, turn.turnId);
    }
    for (const { turn, key, outcome } of outcomes) {
      const found = await conversations.find('acme', turn.conversationId);
      assert.equal(found !== undefined, 'begun' in outcome);
      if ('used' in outcome) assert.equal(outcome.used.turnId, firsts.get(key ?? ''));
    }
    assert.equal(firsts.size, 16);
  });
}
