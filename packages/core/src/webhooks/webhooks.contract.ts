import assert from 'node:assert/strict';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { NewTurn, TurnStore } from '../messages/turn-store.js';
import { Conflict } from '../shared/errors.js';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { EventName } from '../events/domain-event.js';
import { type Attempt, TEST_EVENT, type WebhookEndpoint } from './webhook.js';
import type { DeliveryCursor, WebhookDeliveries } from './webhook-deliveries.js';
import type { ConfiguredEndpoint, NewEndpoint, WebhookEndpoints } from './webhook-endpoints.js';
import type { ClaimedLane, Outcome, Room, Settlement, WebhookQueue } from './webhook-queue.js';

export interface WebhooksFixture {
  endpoints: WebhookEndpoints;
  deliveries: WebhookDeliveries;
  /** Of two replicas. */
  one: WebhookQueue;
  two: WebhookQueue;
  turns: TurnStore;
  conversations: ConversationStore;
  /** Makes it that much later. */
  pass(ms: number): Promise<void>;
}

const ROOM: Room = { lanes: 100, perEndpoint: 10, of: new Map() };
const DAY_MS = 86_400_000;

function newEndpoint(more: Partial<NewEndpoint> = {}): NewEndpoint {
  return {
    id: newId('whk'),
    url: 'https://receiver.example/hook',
    events: ['message.received', 'message.sent'],
    retry: { maxAttempts: 3, backoffMs: 1_000 },
    secrets: { current: 'sealed' },
    enabled: true,
    ...more,
  };
}

/** Whether a lane is that of a conversation. */
function isOf({ deliveries }: ClaimedLane, conversationId: string): boolean {
  return deliveries.every(
    ({ event }) => 'conversationId' in event.data && event.data.conversationId === conversationId,
  );
}

function attempt(status = 200): Attempt {
  return { at: new Date('2026-11-20T12:00:00.000Z'), latencyMs: 12, status, response: 'o\0k' };
}

function settlementsOf(lane: ClaimedLane, outcome: Outcome, count = lane.deliveries.length): Settlement[] {
  return lane.deliveries.slice(0, count).map((delivery) => ({
    lane,
    delivery,
    outcome,
    attempt: attempt(outcome === 'delivered' ? 200 : 500),
    gone: false,
  }));
}

/** `make` gives stores over the same data, in which nobody else passes events on. */
export function webhooksContract(it: Declare, make: () => Promise<WebhooksFixture>): void {
  async function say(
    { turns }: WebhooksFixture,
    tenant: string,
    conversationId: string,
    content: string,
  ): Promise<void> {
    const turn: NewTurn = {
      tenant,
      conversationId,
      turnId: newId('msg'),
      message: { id: newId('msg'), content },
      request: {},
      conversation: { channel: 'api', agentId: 'main', summary: content },
      durable: false,
      historyLimits: { maxMessages: 0, maxTokens: 0 },
    };
    const { ref } = await turns.begin(turn);
    const usage = { inputTokens: 1, outputTokens: 1 };
    const answer = { id: ref.id, conversationId, content: `re: ${content}`, model: 'm', usage, skillsUsed: [] };
    await turns.complete(ref, { ...answer, latencyMs: 1, interrupted: false });
  }

  async function passOn(queue: WebhookQueue): Promise<number> {
    for (let total = 0; ;) {
      const { deliveries, more } = await queue.fanOut();
      total += deliveries;
      if (!more) return total;
    }
  }

  function contentsOf(lane: ClaimedLane | undefined): string[] {
    return (lane?.deliveries ?? []).map(({ event }) => ('content' in event.data ? event.data.content : event.name));
  }

  function settled(queue: WebhookQueue, lanes: ClaimedLane[], outcome: Outcome, pauseMs = 0) {
    const settlements = lanes.flatMap((lane) => settlementsOf(lane, outcome));
    return queue.settle(
      settlements,
      lanes.map((lane) => ({ lane, pauseMs })),
      DAY_MS,
    );
  }

  it('brings each event to the endpoints of its tenant that want it, in the conversation’s order', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one, two } = fixture;
    const [mine, theirs] = [newId('run'), newId('run')];
    const both = await endpoints.create(mine, newEndpoint(), 10);
    const sentOnly = await endpoints.create(mine, newEndpoint({ events: ['message.sent'] }), 10);
    await endpoints.create(theirs, newEndpoint(), 10);
    await say(fixture, mine, 'a', 'one');
    await say(fixture, mine, 'a', 'two');
    await say(fixture, mine, 'b', 'three');
    assert.equal((await Promise.all([passOn(one), passOn(two)])).reduce((sum, n) => sum + n) + (await passOn(one)), 9);
    const lanes = await two.claim(ROOM);
    assert.equal(lanes.length, 4);
    const of = (endpoint: WebhookEndpoint, lane: string) =>
      contentsOf(lanes.find((each) => each.endpoint.id === endpoint.id && isOf(each, lane)));
    assert.deepEqual(of(both, 'a'), ['one', 're: one', 'two', 're: two']);
    assert.deepEqual(of(both, 'b'), ['three', 're: three']);
    assert.deepEqual(of(sentOnly, 'a'), ['re: one', 're: two']);
    assert.ok(lanes.every((lane) => lane.deliveries.every(({ event, tries }) => event.tenant === mine && tries === 0)));
    // Claimed, so nobody else's; delivered, so nobody's any more.
    assert.deepEqual(await one.claim(ROOM), []);
    assert.equal((await settled(two, lanes, 'delivered')).due, false);
    assert.deepEqual(await one.claim(ROOM), []);
    assert.equal(await one.depth(), 0);
    const { deliveries: listed } = await deliveries.list(mine, both.id, { state: 'delivered' }, { limit: 10 });
    assert.equal(listed.length, 6);
    assert.deepEqual(
      listed[0]?.attempts.map(({ status, latencyMs }) => ({ status, latencyMs })),
      [{ status: 200, latencyMs: 12 }],
    );
    assert.deepEqual(await deliveries.find(mine, listed[0]?.id ?? ''), listed[0]);
    assert.equal(await deliveries.find(theirs, listed[0]?.id ?? ''), undefined);
  });

  it('passes on what happened after the endpoint was made, and nothing while it is disabled', async () => {
    const fixture = await make();
    const { endpoints, one, pass } = fixture;
    const tenant = newId('run');
    await say(fixture, tenant, 'a', 'before');
    await pass(5);
    const endpoint = await endpoints.create(tenant, newEndpoint({ events: ['message.received'] }), 10);
    await say(fixture, tenant, 'a', 'after');
    await passOn(one);
    const first = await one.claim(ROOM);
    assert.deepEqual(contentsOf(first[0]), ['after']);
    await settled(one, first, 'delivered');
    const disabled = await endpoints.change(tenant, endpoint.id, { enabled: false });
    assert.equal(disabled?.disabled?.reason, 'operator');
    await say(fixture, tenant, 'a', 'meanwhile');
    assert.equal(await passOn(one), 0);
    await pass(5);
    const enabled = await endpoints.change(tenant, endpoint.id, { enabled: true });
    assert.equal(enabled?.disabled, undefined);
    await say(fixture, tenant, 'a', 'again');
    await passOn(one);
    assert.deepEqual(contentsOf((await one.claim(ROOM))[0]), ['again']);
  });

  it('has the later ones of a conversation wait for one that is tried again, and not for a dead one', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one, two, pass } = fixture;
    const tenant = newId('run');
    const { id } = await endpoints.create(tenant, newEndpoint({ events: ['message.received'] }), 10);
    await say(fixture, tenant, 'a', 'one');
    await passOn(one);
    const [lane] = await one.claim(ROOM);
    assert.ok(lane);
    await say(fixture, tenant, 'a', 'two');
    await say(fixture, tenant, 'b', 'other');
    await passOn(two);
    await settled(one, [lane], 'retry', 2_000);
    const others = await two.claim(ROOM);
    assert.deepEqual(others.map(contentsOf), [['other']]);
    await settled(two, others, 'delivered');
    const [waiting] = (await deliveries.list(tenant, id, { state: 'pending' }, { limit: 10 })).deliveries;
    assert.ok(waiting?.nextAttemptAt);
    await pass(2_001);
    const [again] = await two.claim(ROOM);
    assert.ok(again);
    assert.deepEqual(contentsOf(again), ['one', 'two']);
    assert.deepEqual(
      again.deliveries.map(({ tries }) => tries),
      [1, 0],
    );
    const dead = settlementsOf(again, 'dead', 1);
    assert.equal((await two.settle(dead, [{ lane: again, pauseMs: 0 }], DAY_MS)).due, true);
    const [rest] = await one.claim(ROOM);
    assert.deepEqual(contentsOf(rest), ['two']);
    const kept = await deliveries.list(tenant, id, { state: 'dead' }, { limit: 10 });
    assert.deepEqual(
      kept.deliveries.map((each) => each.attempts.length),
      [2],
    );
    assert.ok(kept.deliveries[0]?.endedAt);
  });

  it('keeps a claim as long as it is renewed, and leaves it to another replica then', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one, two, pass } = fixture;
    const tenant = newId('run');
    const { id } = await endpoints.create(tenant, newEndpoint({ events: ['message.received'] }), 10);
    await say(fixture, tenant, 'a', 'one');
    await passOn(one);
    const [lost] = await one.claim(ROOM);
    assert.ok(lost);
    await pass(8_000);
    assert.deepEqual(await one.renew([lost]), [lost]);
    await pass(8_000);
    assert.deepEqual(await two.claim(ROOM), []);
    await pass(2_001);
    const [taken] = await two.claim(ROOM);
    assert.ok(taken);
    assert.deepEqual(await one.renew([lost]), []);
    // The first one comes back: what it knows counts, what it would give back is not its own.
    await settled(one, [lost], 'delivered');
    assert.deepEqual(await two.renew([taken]), [taken]);
    await settled(two, [taken], 'retry', 0);
    assert.deepEqual(await one.claim(ROOM), []);
    const [delivered] = (await deliveries.list(tenant, id, {}, { limit: 10 })).deliveries;
    assert.equal(delivered?.state, 'delivered');
    assert.equal(delivered?.attempts.length, 1);
  });

  it('takes from each endpoint what there is room for, and from all of them alike', async () => {
    const fixture = await make();
    const { endpoints, one } = fixture;
    const tenant = newId('run');
    const busy = await endpoints.create(tenant, newEndpoint({ events: ['message.received'] }), 10);
    for (let i = 0; i < 8; i++) await say(fixture, tenant, `c${i}`, `m${i}`);
    await passOn(one);
    const slow = await endpoints.create(tenant, newEndpoint({ events: ['message.sent'] }), 10);
    for (let i = 0; i < 4; i++) await say(fixture, tenant, `d${i}`, `m${i}`);
    await passOn(one);
    const claim = async (room: Room) => {
      const claimed = (await one.claim(room)).map((lane) => lane.endpoint.id);
      return [busy, slow].map(({ id }) => claimed.filter((each) => each === id).length);
    };
    assert.deepEqual(await claim({ lanes: 4, perEndpoint: 5, of: new Map() }), [2, 2]);
    assert.deepEqual(await claim({ lanes: 50, perEndpoint: 5, of: new Map([[slow.id, 1]]) }), [5, 1]);
    assert.deepEqual(await claim({ lanes: 50, perEndpoint: 0, of: new Map() }), [0, 0]);
  });

  it('puts back what has ended: one, or all dead ones since then', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one } = fixture;
    const tenant = newId('run');
    const endpoint = await endpoints.create(tenant, newEndpoint({ events: ['message.received'] }), 10);
    const start = new Date();
    for (const content of ['one', 'two', 'three']) await say(fixture, tenant, 'a', content);
    await passOn(one);
    await settled(one, await one.claim(ROOM), 'dead');
    assert.deepEqual(await one.claim(ROOM), []);
    const list = async () => (await deliveries.list(tenant, endpoint.id, {}, { limit: 10 })).deliveries;
    const [third, , first] = await list();
    assert.ok(first && third);
    assert.equal(await deliveries.redeliver(newId('run'), third.id), undefined);
    assert.equal((await deliveries.redeliver(tenant, third.id))?.state, 'pending');
    assert.equal(await deliveries.redeliver(tenant, third.id), undefined);
    const lanes = await one.claim(ROOM);
    assert.deepEqual(lanes.map(contentsOf), [['three']]);
    assert.equal(lanes[0]?.deliveries[0]?.tries, 0);
    await settled(one, lanes, 'delivered');
    assert.equal((await deliveries.find(tenant, third.id))?.attempts.length, 2);
    const since = async (time: Date, of = tenant) => (await deliveries.redeliverSince(of, endpoint.id, time)).count;
    assert.equal(await since(new Date(Date.now() + DAY_MS)), 0);
    assert.equal(await since(start, newId('run')), 0);
    assert.equal(await since(new Date(start.getTime() - 1_000)), 2);
    assert.deepEqual(await one.putBack(), { count: 0, more: false });
    assert.deepEqual((await one.claim(ROOM)).map(contentsOf), [['one', 'two']]);
  });

  it('disables an endpoint that is gone, or has failed for too long, and gives up what waits for it', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one, pass } = fixture;
    const tenant = newId('run');
    const events: EventName[] = ['message.received'];
    const gone = await endpoints.create(tenant, newEndpoint({ events }), 10);
    const failing = await endpoints.create(tenant, newEndpoint({ events }), 10);
    const before = await endpoints.counts();
    await say(fixture, tenant, 'a', 'one');
    await passOn(one);
    const lanes = await one.claim(ROOM);
    const failed = lanes.flatMap((lane) => settlementsOf(lane, 'retry'));
    const released = lanes.map((lane) => ({ lane, pauseMs: 0 }));
    assert.deepEqual((await one.settle(failed, released, 1_000)).disabled, []);
    assert.equal((await endpoints.counts()).failing, before.failing + 2);
    assert.ok((await endpoints.find(tenant, failing.id))?.failingSince);
    await pass(1_500);
    const again = await one.claim(ROOM);
    const results = again.flatMap((lane) =>
      settlementsOf(lane, 'dead').map((each) => ({ ...each, gone: lane.endpoint.id === gone.id })),
    );
    const { disabled } = await one.settle(
      results,
      again.map((lane) => ({ lane, pauseMs: 0 })),
      1_000,
    );
    assert.deepEqual(
      new Map(disabled.map((each) => [each.id, each.disabled?.reason])),
      new Map([
        [gone.id, 'gone'],
        [failing.id, 'failing'],
      ]),
    );
    assert.deepEqual(await endpoints.counts(), { ...before, active: before.active - 2, disabled: before.disabled + 2 });
    const third = await endpoints.create(tenant, newEndpoint({ events }), 10);
    await say(fixture, tenant, 'a', 'two');
    await passOn(one);
    await endpoints.change(tenant, third.id, { enabled: false });
    assert.deepEqual(await one.claim(ROOM), []);
    await one.tidy();
    const { deliveries: given } = await deliveries.list(tenant, third.id, {}, { limit: 10 });
    assert.deepEqual(
      given.map(({ state, attempts }) => ({ state, attempts })),
      [{ state: 'dead', attempts: [] }],
    );
    // Enabled again, it begins anew.
    assert.equal((await endpoints.change(tenant, failing.id, { enabled: true }))?.failingSince, undefined);
  });

  it('forgives an endpoint that answers in between', async () => {
    const fixture = await make();
    const { endpoints, one, pass } = fixture;
    const tenant = newId('run');
    const { id } = await endpoints.create(tenant, newEndpoint({ events: ['message.received'] }), 10);
    for (const outcome of ['dead', 'delivered', 'dead', 'dead'] as const) {
      await say(fixture, tenant, 'a', outcome);
      await passOn(one);
      const lanes = await one.claim(ROOM);
      const settlements = lanes.flatMap((lane) => settlementsOf(lane, outcome));
      await one.settle(
        settlements,
        lanes.map((lane) => ({ lane, pauseMs: 0 })),
        3_000,
      );
      await pass(2_000);
    }
    const endpoint = await endpoints.find(tenant, id);
    assert.equal(endpoint?.disabled, undefined);
    assert.ok(endpoint?.failingSince);
  });

  it('keeps what was delivered for a day, what is dead for thirty, and nothing of a deleted endpoint', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one, pass } = fixture;
    const tenant = newId('run');
    const events: EventName[] = ['message.received'];
    const made = await Promise.all([0, 1, 2].map(() => endpoints.create(tenant, newEndpoint({ events }), 10)));
    const [well, badly, deleted] = made;
    assert.ok(well && badly && deleted);
    await say(fixture, tenant, 'a', 'one');
    await passOn(one);
    for (const lane of await one.claim(ROOM))
      await settled(one, [lane], lane.endpoint.id === badly.id ? 'dead' : 'delivered');
    const left = async () => {
      await one.tidy();
      const pages = await Promise.all(made.map(({ id }) => deliveries.list(tenant, id, {}, { limit: 10 })));
      return pages.map((page) => page.deliveries.length);
    };
    assert.equal(await endpoints.delete(newId('run'), deleted.id), false);
    assert.equal(await endpoints.delete(tenant, deleted.id), true);
    assert.deepEqual(await left(), [1, 1, 0]);
    await pass(DAY_MS + 1_000);
    assert.deepEqual(await left(), [0, 1, 0]);
    await pass(30 * DAY_MS);
    assert.deepEqual(await left(), [0, 0, 0]);
  });

  it('lists page by page, newest first, and tests among them', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one } = fixture;
    const tenant = newId('run');
    const endpoint = await endpoints.create(tenant, newEndpoint({ events: ['message.received'] }), 10);
    for (let i = 0; i < 5; i++) await say(fixture, tenant, `c${i}`, `m${i}`);
    await passOn(one);
    const at = new Date();
    const data = { endpointId: endpoint.id, timestamp: at.toISOString() };
    await deliveries.recordTest(endpoint, { id: newId('evt'), tenant, at, name: TEST_EVENT, data }, attempt(), true);
    const seen: string[] = [];
    for (let after: DeliveryCursor | undefined, more = true; more;) {
      const page = await deliveries.list(tenant, endpoint.id, {}, { limit: 4, ...(after && { after }) });
      seen.push(...page.deliveries.map((each) => each.conversationId ?? each.event));
      after = page.next;
      more = after !== undefined;
    }
    assert.deepEqual(seen, [TEST_EVENT, 'c4', 'c3', 'c2', 'c1', 'c0']);
    assert.deepEqual(await deliveries.redeliverSince(tenant, endpoint.id, new Date(0)), { count: 0, more: false });
  });

  it('keeps tenants’ endpoints apart, and no more than so many', async () => {
    const { endpoints } = await make();
    const [mine, theirs] = [newId('run'), newId('run')];
    const endpoint = await endpoints.create(mine, newEndpoint(), 2);
    await endpoints.create(mine, newEndpoint(), 2);
    await assert.rejects(endpoints.create(mine, newEndpoint(), 2), Conflict);
    assert.equal((await endpoints.list(mine)).length, 2);
    assert.deepEqual(await endpoints.list(theirs), []);
    assert.equal(await endpoints.find(theirs, endpoint.id), undefined);
    assert.equal(await endpoints.change(theirs, endpoint.id, { enabled: false }), undefined);
    const previous = { sealed: 'old', until: new Date('2030-01-01T00:00:00.000Z') };
    const secrets = { current: 'new', previous };
    const changed = await endpoints.change(mine, endpoint.id, { url: 'https://other.example/', secrets });
    assert.deepEqual(changed, await endpoints.find(mine, endpoint.id));
    assert.deepEqual(changed?.secrets, secrets);
    assert.equal(changed?.url, 'https://other.example/');
    assert.deepEqual(changed?.events, endpoint.events);
  });

  it('makes the configuration’s endpoints what it says, and leaves the others alone', async () => {
    const { endpoints } = await make();
    const tenant = newId('run');
    const own = await endpoints.create(tenant, newEndpoint(), 10);
    const configured = (more: Partial<ConfiguredEndpoint> = {}): ConfiguredEndpoint => ({
      ...newEndpoint(),
      tenant,
      ...more,
    });
    const [first, second] = [configured(), configured()];
    await endpoints.configure([first, second]);
    assert.deepEqual(
      (await endpoints.list(tenant)).map(({ id, source }) => ({ id, source })).sort((a, b) => (a.id < b.id ? -1 : 1)),
      [
        { id: own.id, source: 'api' },
        { id: first.id, source: 'config' },
        { id: second.id, source: 'config' },
      ].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    const before = await endpoints.find(tenant, first.id);
    await endpoints.configure([first, { ...second, enabled: false }]);
    assert.deepEqual(await endpoints.find(tenant, first.id), before);
    assert.equal((await endpoints.find(tenant, second.id))?.disabled?.reason, 'operator');
    await endpoints.configure([{ ...first, events: ['channel.connected'] }, second]);
    assert.deepEqual((await endpoints.find(tenant, first.id))?.events, ['channel.connected']);
    assert.equal((await endpoints.find(tenant, second.id))?.disabled, undefined);
    await endpoints.configure([]);
    assert.deepEqual(
      (await endpoints.list(tenant)).map(({ id }) => id),
      [own.id],
    );
    assert.deepEqual(await endpoints.configured(), []);
  });

  it('brings the end of a deleted conversation, and none of its texts', async () => {
    const fixture = await make();
    const { endpoints, deliveries, one, conversations } = fixture;
    const tenant = newId('run');
    const events: EventName[] = ['message.received', 'message.sent', 'conversation.deleted'];
    const { id } = await endpoints.create(tenant, newEndpoint({ events }), 10);
    await say(fixture, tenant, 'a', 'passed on before');
    await say(fixture, tenant, 'kept', 'still there');
    await passOn(one);
    const lanes = await one.claim(ROOM);
    const lane = lanes.find((each) => isOf(each, 'a'));
    assert.ok(lane);
    await one.settle(
      settlementsOf(lane, 'retry', 1),
      lanes.map((each) => ({ lane: each, pauseMs: 0 })),
      DAY_MS,
    );
    await say(fixture, tenant, 'a', 'passed on after');
    await conversations.delete(tenant, 'a');
    await passOn(one);
    const again = await one.claim(ROOM);
    const [gone, kept] = ['a', 'kept'].map((name) => contentsOf(again.find((each) => isOf(each, name))));
    assert.deepEqual(gone, ['', '', '', '', 'conversation.deleted']);
    assert.deepEqual(kept, ['still there', 're: still there']);
    const { deliveries: listed } = await deliveries.list(tenant, id, {}, { limit: 20 });
    assert.ok(
      listed.filter((each) => each.conversationId === 'a').every((each) => each.attempts.every((a) => !a.response)),
    );
  });
}
