import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Declare } from '../shared/contract-suite.js';
import { Conflict } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import type { TurnStore } from '../messages/turn-store.js';
import type { ConversationStore, NewConversation } from './conversation-store.js';

function named(id: string, options: Partial<NewConversation> = {}): NewConversation {
  return { id, channel: 'api', label: undefined, agentId: 'main', model: undefined, ...options };
}

/** `make` gives stores over the same data; each test uses a tenant of its own. */
export function conversationStoreContract(
  it: Declare,
  make: () => Promise<{ conversations: ConversationStore; turns: TurnStore }>,
): void {
  const newTenant = () => newId('run');

  it('creates, finds and deletes within the tenant only', async () => {
    const { conversations } = await make();
    const tenant = newTenant();
    const created = await conversations.create(tenant, named('c', { label: 'Project', model: 'gpt' }));
    assert.equal(created.label, 'Project');
    assert.equal(created.model, 'gpt');
    assert.equal(created.messageCount, 0);
    assert.deepEqual(await conversations.find(tenant, 'c'), created);
    assert.equal(await conversations.find('stranger', 'c'), undefined);
    assert.equal(await conversations.delete('stranger', 'c'), false);
    assert.equal(await conversations.delete(tenant, 'c'), true);
    assert.equal(await conversations.delete(tenant, 'c'), false);
  });

  it('refuses an id in use, and takes the same id for another tenant', async () => {
    const { conversations } = await make();
    const tenant = newTenant();
    await conversations.create(tenant, named('same'));
    await assert.rejects(conversations.create(tenant, named('same')), Conflict);
    await conversations.create(newTenant(), named('same'));
  });

  it('lists newest first, by offset and by cursor alike', async () => {
    const { conversations } = await make();
    const tenant = newTenant();
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await conversations.create(tenant, named(id));
      await sleep(2);
    }
    const ids = (page: { conversations: { id: string }[] }) =>
      page.conversations.map((conversation) => conversation.id).join('');
    const first = await conversations.list(tenant, {}, { limit: 2, offset: 0 });
    assert.equal(ids(first), 'ed');
    assert.equal(first.total, 5);
    assert.ok(first.next);
    const second = await conversations.list(tenant, {}, { limit: 2, offset: 0, after: first.next });
    assert.equal(ids(second), 'cb');
    assert.ok(second.next);
    const third = await conversations.list(tenant, {}, { limit: 2, offset: 0, after: second.next });
    assert.equal(ids(third), 'a');
    assert.equal(third.next, undefined);
    assert.equal(ids(await conversations.list(tenant, {}, { limit: 2, offset: 2 })), 'cb');
    assert.equal(ids(await conversations.list(tenant, {}, { limit: 2, offset: 4 })), 'a');
    const beyond = await conversations.list(tenant, {}, { limit: 2, offset: 50 });
    assert.equal(ids(beyond), '');
    assert.equal(beyond.total, 5);
    await conversations.delete(tenant, 'c');
    const after = await conversations.list(tenant, {}, { limit: 10, offset: 0 });
    assert.equal(ids(after), 'edba');
    assert.equal(after.total, 4);
    assert.equal((await conversations.list(newTenant(), {}, { limit: 10, offset: 0 })).total, 0);
  });

  it('filters by channel and by time of creation', async () => {
    const { conversations } = await make();
    const tenant = newTenant();
    await conversations.create(tenant, named('old', { channel: 'telegram' }));
    await sleep(20);
    const between = new Date();
    await sleep(20);
    await conversations.create(tenant, named('new', { channel: 'api' }));
    const page = { limit: 10, offset: 0 };
    const ids = async (filter: Parameters<ConversationStore['list']>[1]) => {
      const found = await conversations.list(tenant, filter, page);
      assert.equal(found.total, found.conversations.length);
      return found.conversations.map((conversation) => conversation.id);
    };
    assert.deepEqual(await ids({ channel: 'telegram' }), ['old']);
    assert.deepEqual(await ids({ channel: 'slack' }), []);
    assert.deepEqual(await ids({ since: between }), ['new']);
    assert.deepEqual(await ids({ until: between }), ['old']);
    assert.deepEqual(await ids({ channel: 'api', since: between }), ['new']);
  });

  it('pages through messages from the newest back', async () => {
    const { conversations, turns } = await make();
    const tenant = newTenant();
    for (const text of ['1', '2', '3']) {
      const { ref } = await turns.begin({
        tenant,
        conversationId: 'talk',
        turnId: newId('msg'),
        message: { id: newId('msg'), content: text },
        request: {},
        conversation: { channel: 'api', agentId: 'main', summary: text },
        durable: false,
        historyLimits: { maxMessages: 0, maxTokens: 0 },
      });
      await turns.complete(ref, {
        id: ref.id,
        conversationId: 'talk',
        content: `answer ${text}`,
        model: 'm',
        usage: { inputTokens: 1, outputTokens: 2 },
        skillsUsed: ['weather'],
        latencyMs: 3,
        interrupted: false,
      });
    }
    const newest = await conversations.messages(tenant, 'talk', { limit: 3 });
    assert.deepEqual(
      newest.messages.map((message) => message.content),
      ['answer 2', '3', 'answer 3'],
    );
    assert.equal(newest.messages[2]?.answer?.model, 'm');
    assert.deepEqual(newest.messages[2]?.answer?.skillsUsed, ['weather']);
    assert.equal(newest.messages[1]?.answer, undefined);
    assert.ok(newest.previous);
    const older = await conversations.messages(tenant, 'talk', { limit: 3, before: newest.previous });
    assert.deepEqual(
      older.messages.map((message) => message.content),
      ['1', 'answer 1', '2'],
    );
    assert.equal(older.previous, undefined);
    const found = await conversations.find(tenant, 'talk');
    assert.equal(found?.messageCount, 6);
    assert.deepEqual(await conversations.counts(tenant), { total: 1, active: 0 });
  });
}
