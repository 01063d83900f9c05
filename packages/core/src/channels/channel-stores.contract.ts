import assert from 'node:assert/strict';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { EventLog } from '../events/event-log.js';
import { readToEnd } from '../events/event-log.contract.js';
import type { NewTurn, TurnStore } from '../messages/turn-store.js';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { SendStore } from '../sends/send-store.js';
import type { ChannelInbox } from './channel-inbox.js';
import type { ChannelLinks } from './channel-links.js';
import type { DraftStore } from './draft-store.js';
import type { PairingStore } from './pairing-store.js';

export interface ChannelStoresFixture {
  /** Two replicas' stores over the same data. */
  one: { inbox: ChannelInbox; links: ChannelLinks; turns: TurnStore };
  two: { inbox: ChannelInbox; links: ChannelLinks; turns: TurnStore };
  drafts: DraftStore;
  pairings: PairingStore;
  sends: SendStore;
  conversations: ConversationStore;
  events: EventLog;
  /** Lets this much time pass for leases and pairing codes. */
  pass(ms: number): Promise<void>;
}

const LEASE_MS = 60_000;
const LIMITS = { codeMs: 3_600_000, repeatMs: 60_000, open: 2 };

/** Each test uses a tenant and channels of its own. */
export function channelStoresContract(it: Declare, make: () => Promise<ChannelStoresFixture>): void {
  const test = (
    name: string,
    use: (fixture: ChannelStoresFixture & { tenant: string; channel: string }) => Promise<void>,
  ) => it(name, async () => use({ ...(await make()), tenant: newId('run'), channel: newId('run') }));

  test('takes a message in once, on whichever replica it is heard', async (fixture) => {
    const { one, two, events, conversations, tenant, channel } = fixture;
    const start = await events.end();
    const update = { tenant, channel, updateId: 'u1' };
    const crowd = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 ? one : two).inbox.receive(update, 'c1', turnOf(tenant, channel))),
    );
    assert.deepEqual(crowd.filter((outcome) => outcome === 'begun').length, 1);
    assert.equal(await two.inbox.receive({ ...update, updateId: 'u2' }, 'c1', turnOf(tenant, channel)), 'begun');
    const { events: told } = await readToEnd(events, start, [tenant]);
    assert.deepEqual(
      told.map(({ name }) => name),
      ['conversation.created', 'message.received', 'message.received'],
    );
    const received = told[1];
    assert.ok(received?.name === 'message.received');
    assert.deepEqual([received.data.chatId, received.data.channel], ['c1', channel]);
    assert.deepEqual([received.data.conversationId, received.data.from], [`${channel}:c1`, { id: 'u', name: 'Ada' }]);
    const claimed = await one.turns.claimNext(tenant, `${channel}:c1`);
    assert.deepEqual([claimed?.content, claimed?.request.replyTo], ['hello', { channel, chatId: 'c1' }]);
    assert.equal((await conversations.find(tenant, `${channel}:c1`))?.messageCount, 2);
  });

  test('notes what begins no turn', async ({ one, two, tenant, channel }) => {
    const update = { tenant, channel, updateId: 'u1' };
    assert.equal(await one.inbox.note(update), true);
    assert.equal(await two.inbox.note(update), false);
    assert.equal(await two.inbox.receive(update, 'c1', turnOf(tenant, channel)), 'known');
    assert.equal(await two.inbox.note({ ...update, channel: 'another' }), true);
  });

  test('knows the chats in which something was said, and what was heard last of each', async (fixture) => {
    const { one, two, sends, tenant, channel } = fixture;
    const since = new Date(Date.now() - 60_000);
    const hear = (updateId: string, chatId: string) =>
      one.inbox.receive({ tenant, channel, updateId }, chatId, turnOf(tenant, channel, chatId));
    await hear('u1', 'c1');
    const conversationId = `${channel}:c2`;
    await sends.accept({
      tenant,
      id: newId('msg'),
      channel,
      chatId: 'c2',
      conversationId,
      agentId: 'main',
      text: 'hi',
    });
    await hear('u2', 'c1');
    const chats = async (...[of = tenant, from = since, most = 10]: [string?, Date?, number?]) =>
      (await two.inbox.chats(of, channel, from, most))
        .map(({ chatId, lastUpdateId }) => `${chatId} ${lastUpdateId}`)
        .sort();
    assert.deepEqual(await chats(), ['c1 u2', 'c2 undefined']);
    assert.equal((await chats(tenant, since, 1)).length, 1);
    assert.deepEqual(await chats('other'), []);
    assert.deepEqual(await chats(tenant, new Date(Date.now() + 60_000)), []);
  });

  test('lets one replica hold a channel, and another once its lease has ended', async (fixture) => {
    const { one, two, pass, tenant, channel } = fixture;
    const place = [{ channel, tenant }];
    assert.deepEqual(await one.links.hold(place, LEASE_MS), [channel]);
    assert.deepEqual(await two.links.hold(place, LEASE_MS), []);
    assert.deepEqual(await one.links.hold(place, LEASE_MS), [channel]);
    await pass(LEASE_MS + 1_000);
    assert.deepEqual(await two.links.hold(place, LEASE_MS), [channel]);
    assert.deepEqual(await one.links.hold(place, LEASE_MS), []);
    assert.equal(await one.links.report(channel, { status: 'connected' }), false);
    await two.links.release([channel], 'stopped');
    assert.deepEqual(await one.links.hold(place, LEASE_MS), [channel]);
  });

  test('knows how a channel is connected, and tells of changes alone', async (fixture) => {
    const { one, two, events, pass, tenant, channel } = fixture;
    const start = await events.end();
    await one.links.hold([{ channel, tenant }], LEASE_MS);
    const state = async () => (await two.links.list([channel])).map(({ status, error }) => [status, error]);
    assert.deepEqual(await state(), [['connecting', undefined]]);
    await one.links.report(channel, { status: 'disconnected', error: 'refused' });
    assert.deepEqual(await state(), [['disconnected', 'refused']]);
    await one.links.report(channel, { status: 'connecting' });
    await one.links.report(channel, { status: 'connected' });
    assert.deepEqual(await state(), [['connected', undefined]]);
    const [link] = await two.links.list([channel]);
    await one.links.report(channel, { status: 'connected' });
    assert.deepEqual((await two.links.list([channel]))[0]?.connectedSince, link?.connectedSince);
    assert.ok(link?.connectedSince);
    await one.links.report(channel, { status: 'connecting', error: 'lost' });
    await one.links.report(channel, { status: 'disconnected', error: 'lost' });
    await one.links.report(channel, { status: 'connected' });
    await pass(LEASE_MS + 1_000);
    assert.equal((await two.links.list([channel]))[0]?.status, 'disconnected');
    await two.links.hold([{ channel, tenant }], LEASE_MS);
    const { events: told } = await readToEnd(events, start, [tenant]);
    assert.deepEqual(
      told.map(({ name, data }) => [name, 'reason' in data ? data.reason : undefined]),
      [
        ['channel.connected', undefined],
        ['channel.disconnected', 'lost'],
        ['channel.connected', undefined],
        ['channel.disconnected', 'the replica that held it is gone'],
      ],
    );
  });

  test("counts a channel's messages", async ({ one, sends, tenant, channel }) => {
    const since = new Date(Date.now() - 60_000);
    await one.inbox.receive({ tenant, channel, updateId: 'u1' }, 'c1', turnOf(tenant, channel));
    const conversationId = `${channel}:c1`;
    const send = { tenant, id: newId('msg'), channel, chatId: 'c1', conversationId, agentId: 'main', text: 'hi' };
    await sends.accept(send);
    assert.equal((await one.links.traffic(tenant, [channel], since)).get(channel), 1);
    await sends.note(send, { state: 'sent', messageIds: ['p'] }, true);
    assert.equal((await one.links.traffic(tenant, [channel], since)).get(channel), 2);
    assert.equal((await one.links.traffic(tenant, [channel], new Date(Date.now() + 60_000))).get(channel) ?? 0, 0);
    assert.equal((await one.links.traffic('other', [channel], since)).get(channel) ?? 0, 0);
  });

  test('keeps the draft of a turn, which becomes its answer', async ({ one, drafts, sends, tenant, channel }) => {
    await one.inbox.receive({ tenant, channel, updateId: 'u1' }, 'c1', turnOf(tenant, channel));
    const claimed = await one.turns.claimNext(tenant, `${channel}:c1`);
    assert.ok(claimed);
    assert.equal(await drafts.find(claimed.ref), undefined);
    assert.equal(await drafts.busy(tenant, channel, 'c1'), false);
    await drafts.keep(claimed.ref, 'p1');
    assert.equal(await drafts.find(claimed.ref), 'p1');
    const usage = { inputTokens: 1, outputTokens: 1 };
    const { id, conversationId } = claimed.ref;
    const skillEvents = [{ at: 0, type: 'skill-call', skill: 'time' } as const];
    const about = { model: 'm', usage, skillsUsed: ['time'], skillEvents, latencyMs: 1, interrupted: false };
    const answer = { id, conversationId, content: 'hi', ...about };
    await one.turns.complete(claimed.ref, answer, claimed.request.replyTo);
    const found = await one.turns.find(tenant, id);
    assert.deepEqual(found?.status === 'completed' && found.answer, answer);
    assert.equal(await drafts.busy(tenant, channel, 'c1'), true);
    const [send] = await sends.claimDue([{ channel, tenant }], 10);
    assert.deepEqual([send?.id, send?.text, send?.draft], [id, 'hi', 'p1']);
  });

  test('lets a stranger in whose code is approved in time', async ({ pairings, pass, tenant, channel }) => {
    const ada = { id: 'ada', name: 'Ada' };
    const ask = (code: string, user = ada) => pairings.ask(tenant, channel, user, code, LIMITS);
    assert.equal(await ask('AAAA'), 'AAAA');
    assert.equal(await ask('BBBB'), undefined);
    await pass(61_000);
    assert.equal(await ask('BBBB'), 'AAAA');
    assert.equal(await pairings.isPaired(tenant, channel, 'ada'), false);
    assert.equal(await pairings.approve('other', channel, 'AAAA'), undefined);
    assert.equal(await pairings.approve(tenant, channel, 'BBBB'), undefined);
    await pass(3_600_000);
    assert.equal(await pairings.approve(tenant, channel, 'AAAA'), undefined);
    assert.deepEqual(await pairings.list(tenant, channel), []);
    assert.equal(await ask('CCCC'), 'CCCC');
    assert.equal((await pairings.approve(tenant, channel, 'CCCC'))?.userName, 'Ada');
    assert.equal(await pairings.approve(tenant, channel, 'CCCC'), undefined);
    assert.equal(await pairings.isPaired(tenant, channel, 'ada'), true);
    assert.equal(await pairings.isPaired('other', channel, 'ada'), false);
    assert.ok((await pairings.list(tenant, channel))[0]?.approvedAt);
    assert.equal(await pairings.remove(tenant, channel, 'ada'), true);
    assert.equal(await pairings.remove(tenant, channel, 'ada'), false);
    assert.equal(await pairings.isPaired(tenant, channel, 'ada'), false);
  });

  test('bounds how many codes are open', async ({ pairings, pass, tenant, channel }) => {
    const ask = (id: string) => pairings.ask(tenant, channel, { id, name: id }, `CODE-${id}`, LIMITS);
    assert.deepEqual([await ask('1'), await ask('2'), await ask('3')], ['CODE-1', 'CODE-2', undefined]);
    await pass(3_601_000);
    assert.equal(await ask('3'), 'CODE-3');
  });
}

function turnOf(tenant: string, channel: string, chatId = 'c1'): NewTurn {
  return {
    ...{ tenant, conversationId: `${channel}:${chatId}`, turnId: newId('msg'), durable: true },
    message: { id: newId('msg'), content: 'hello', metadata: { user_id: 'u', user_name: 'Ada' } },
    request: { replyTo: { channel, chatId } },
    conversation: { channel, agentId: 'main', summary: 'hello' },
    historyLimits: { maxMessages: 10, maxTokens: 10_000 },
  };
}
