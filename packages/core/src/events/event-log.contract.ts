import assert from 'node:assert/strict';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { NewTurn, TurnStore } from '../messages/turn-store.js';
import type { Answer, TurnRef } from '../messages/turn.js';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { DomainEvent } from './domain-event.js';
import type { EventCursor, EventLog } from './event-log.js';

export interface EventLogFixture {
  events: EventLog;
  turns: TurnStore;
  conversations: ConversationStore;
}

function newTurn(tenant: string, conversationId: string, content: string, more: Partial<NewTurn> = {}): NewTurn {
  return {
    tenant,
    conversationId,
    turnId: newId('msg'),
    message: { id: newId('msg'), content },
    request: {},
    conversation: { channel: 'api', agentId: 'main', summary: content },
    durable: false,
    historyLimits: { maxMessages: 0, maxTokens: 0 },
    ...more,
  };
}

function answerTo({ id, conversationId }: TurnRef, content: string): Answer {
  const usage = { inputTokens: 1, outputTokens: 1 };
  return { id, conversationId, content, model: 'm', usage, skillsUsed: [], latencyMs: 1, interrupted: false };
}

/** All that happened to these tenants since then, to the end. */
export async function readToEnd(
  log: EventLog,
  from: EventCursor,
  tenants: readonly string[],
): Promise<{ events: DomainEvent[]; cursor: EventCursor }> {
  const events: DomainEvent[] = [];
  for (let cursor = from; ;) {
    const page = await log.readAfter(cursor, tenants);
    events.push(...page.events);
    cursor = page.cursor;
    if (!page.more) return { events, cursor };
  }
}

/** `make` gives stores over the same data; each test uses tenants of its own. */
export function eventLogContract(it: Declare, make: () => Promise<EventLogFixture>): void {
  it('tells of a conversation from its first message to its end, in order', async () => {
    const { events, turns, conversations } = await make();
    const tenant = newId('run');
    const start = await events.end();
    const message = { id: newId('msg'), content: 'hello', metadata: { user_id: 'u1', user_name: 'Alice' } };
    const first = await turns.begin(newTurn(tenant, 'talk', 'hello', { message }));
    await turns.complete(first.ref, answerTo(first.ref, 'hi'));
    const second = await turns.begin(newTurn(tenant, 'talk', 'again'));
    await turns.fail(second.ref, { code: 'upstream_error', message: 'the model is away' });
    const said = await readToEnd(events, start, [tenant]);
    await conversations.delete(tenant, 'talk');

    const end = await readToEnd(events, said.cursor, [tenant]);
    const told = { events: [...said.events, ...end.events], cursor: end.cursor };
    assert.deepEqual(
      told.events.map((event) => event.name),
      [
        'conversation.created',
        'message.received',
        'message.sent',
        'message.received',
        'message.failed',
        'conversation.deleted',
      ],
    );
    const [created, received, sent, , failed] = told.events;
    assert.ok(created && received && sent && failed);
    const { timestamp } = received.data;
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(Object.keys(created.data), ['conversationId', 'channel', 'timestamp']);
    // As text, because the order of the members counts.
    assert.equal(
      JSON.stringify(received.data),
      JSON.stringify({
        messageId: message.id,
        conversationId: 'talk',
        channel: 'api',
        chatId: 'talk',
        from: { id: 'u1', name: 'Alice' },
        content: 'hello',
        timestamp,
      }),
    );
    assert.equal(
      JSON.stringify(sent.data),
      JSON.stringify({
        messageId: first.ref.id,
        conversationId: 'talk',
        channel: 'api',
        chatId: 'talk',
        from: { id: 'main', name: 'main' },
        content: 'hi',
        timestamp: sent.data.timestamp,
      }),
    );
    assert.equal(failed.name === 'message.failed' && failed.data.error.error, 'upstream_error');
    assert.equal(failed.name === 'message.failed' && failed.data.messageId, second.ref.id);
    for (const event of told.events) assert.match(event.id, /^evt_[0-9a-z]{20,40}$/);
    assert.equal(new Set(told.events.map((event) => event.id)).size, told.events.length);
    assert.deepEqual((await readToEnd(events, told.cursor, [tenant])).events, []);
    // The texts went with their conversation.
    const again = await readToEnd(events, start, [tenant]);
    assert.equal(again.events.length, told.events.length);
    assert.ok(
      !/hello|hi|again/.test(JSON.stringify(again.events.map(({ data }) => 'content' in data && data.content))),
    );
  });

  it('tells once of a conversation that is opened by itself', async () => {
    const { events, turns, conversations } = await make();
    const tenant = newId('run');
    const start = await events.end();
    await conversations.create(tenant, { id: 's', channel: 'api', label: 'S', agentId: 'main', model: undefined });
    await turns.begin(newTurn(tenant, 's', 'hello'));
    const told = await readToEnd(events, start, [tenant]);
    assert.deepEqual(
      told.events.map((event) => event.name),
      ['conversation.created', 'message.received'],
    );
  });

  it('names a user whom the caller has not named', async () => {
    const { events, turns } = await make();
    const tenant = newId('run');
    const start = await events.end();
    await turns.begin(newTurn(tenant, 'c', 'hello'));
    const { events: told } = await readToEnd(events, start, [tenant]);
    const received = told.find((event) => event.name === 'message.received');
    assert.deepEqual(received?.name === 'message.received' && received.data.from, { id: 'user', name: 'user' });
  });

  it('tells nothing of what a turn does that is not its own any more', async () => {
    const { events, turns, conversations } = await make();
    const tenant = newId('run');
    const { ref } = await turns.begin(newTurn(tenant, 'gone', 'hello'));
    await conversations.delete(tenant, 'gone');
    const start = await events.end();
    await assert.rejects(turns.complete(ref, answerTo(ref, 'late')));
    await turns.fail(ref, { code: 'timeout', message: 'late' });
    assert.deepEqual((await readToEnd(events, start, [tenant])).events, []);
  });

  it('keeps tenants apart', async () => {
    const { events, turns } = await make();
    const [mine, theirs] = [newId('run'), newId('run')];
    const start = await events.end();
    await turns.begin(newTurn(mine, 'same', 'mine'));
    await turns.begin(newTurn(theirs, 'same', 'theirs'));
    const { events: told } = await readToEnd(events, start, [mine]);
    assert.ok(told.length > 0 && told.every((event) => event.tenant === mine));
    assert.deepEqual((await readToEnd(events, start, [])).events, []);
  });

  it('misses nothing of many turns at once, read page by page while they go on, each conversation in its order', async () => {
    const { events, turns } = await make();
    const tenant = newId('run');
    let cursor = await events.end();
    const told: DomainEvent[] = [];
    let writing = true;
    const write = async (conversationId: string) => {
      for (let i = 0; i < 30; i++) {
        const { ref } = await turns.begin(newTurn(tenant, conversationId, `q${i}`));
        await turns.complete(ref, answerTo(ref, `a${i}`));
      }
    };
    const read = async () => {
      for (let last = false; !last;) {
        last = !writing;
        const page = await readToEnd(events, cursor, [tenant]);
        told.push(...page.events);
        cursor = page.cursor;
      }
    };
    const writers = Promise.all(['a', 'b', 'c', 'd', 'e'].map(write)).finally(() => {
      writing = false;
    });
    await Promise.all([writers, read()]);
    const wanted = Array.from({ length: 30 }, (_, i) => [`q${i}`, `a${i}`]).flat();
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      const contents = told.flatMap((event) =>
        event.name === 'message.received' || event.name === 'message.sent'
          ? event.data.conversationId === id
            ? [event.data.content]
            : []
          : [],
      );
      assert.deepEqual(contents, wanted);
    }
  });
}
