import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import { FACT_TAG, type Lesson, type LessonStore, type NewFact } from './lesson-store.js';
import type { MemoryEntry, MemoryFilter } from './memory-entry.js';
import type { MemoryIndexFixture } from './memory-index.contract.js';
import { hashedTerms, termHash } from './term-hash.js';

const REACH = { entries: 3_000, paired: 0, postings: 0, newest: 1_000, fresh: false };

export interface LessonStoreFixture extends MemoryIndexFixture {
  lessons: LessonStore;
}

const VERSION = 1;
const LIMITS = { turns: 10, context: 2 };
const words = (text: string) => text.toLowerCase().match(/\p{L}+/gu) ?? [];
const termsOf = (tenant: string, text: string) => hashedTerms(tenant, words(text));

/** `make` gives stores that share one place; tenants are made up anew by each test. */
export function lessonStoreContract(it: Declare, make: () => Promise<LessonStoreFixture>): void {
  async function indexed({ index }: LessonStoreFixture, tenant: string) {
    await index.indexPending({ tenant, limit: 1_000, version: VERSION }, termsOf);
  }

  async function begin(
    { turns }: LessonStoreFixture,
    tenant: string,
    conversationId: string,
    text: string,
    metadata = {},
  ) {
    const turnId = newId('msg');
    const { ref } = await turns.begin({
      ...{ tenant, conversationId, turnId, message: { id: newId('msg'), content: text, metadata }, request: {} },
      conversation: { channel: 'api', agentId: 'main', summary: text },
      ...{ durable: false, historyLimits: { maxMessages: 10, maxTokens: 100 } },
    });
    return async () => {
      const facts = { model: 'm', usage: { inputTokens: 1, outputTokens: 1 }, skillsUsed: [], latencyMs: 1 };
      await turns.complete(ref, { id: turnId, conversationId, content: `so ${text}`, interrupted: false, ...facts });
    };
  }

  async function say(fixture: LessonStoreFixture, tenant: string, conversationId: string, text: string, metadata = {}) {
    const end = await begin(fixture, tenant, conversationId, text, metadata);
    await end();
    await indexed(fixture, tenant);
  }

  async function lessonOf({ lessons }: LessonStoreFixture, tenant: string, conversationId: string): Promise<Lesson> {
    const lesson = await lessons.next(tenant, conversationId, LIMITS);
    assert.ok(lesson);
    return lesson;
  }

  /** Learns these facts from the newest user's message. */
  async function learn(fixture: LessonStoreFixture, lesson: Lesson, facts: (Partial<NewFact> & { content: string })[]) {
    const until = Math.max(...lesson.messages.map(({ turnNo }) => turnNo));
    const [source] = lesson.messages.filter(({ role, turnNo }) => role === 'user' && turnNo === until);
    assert.ok(source);
    const whole = facts.map((fact) => ({ sources: [source], replaces: [], ...fact }));
    return fixture.lessons.learn(lesson, { until, facts: whole, model: 'm' }, termsOf, VERSION);
  }

  async function found(
    { index }: LessonStoreFixture,
    tenant: string,
    word: string,
    filter: MemoryFilter = {},
  ): Promise<MemoryEntry[]> {
    const within = { ...filter, tags: [FACT_TAG] };
    const { candidates } = await index.find(tenant, [termHash(tenant, word)], within, REACH);
    return index.read(
      tenant,
      candidates.map(({ no }) => no),
      within,
    );
  }

  const contents = (entries: MemoryEntry[]) => entries.map(({ content }) => content).sort();

  it('gives what is new in turns that have ended, with those before for context, and moves on', async () => {
    const fixture = await make();
    const tenant = newId('run');
    assert.equal(await fixture.lessons.next(tenant, 'c', LIMITS), undefined);
    for (const text of ['one', 'two', 'three'])
      await say(fixture, tenant, 'c', text, { user_id: 'u', user_name: 'Ann' });
    const unfinished = await begin(fixture, tenant, 'c', 'four', { user_id: 'u' });
    await indexed(fixture, tenant);
    const first = await fixture.lessons.next(tenant, 'c', { turns: 2, context: 1 });
    assert.ok(first);
    const { messages, ...facts } = first;
    assert.deepEqual(facts, { tenant, conversationId: 'c', agentId: 'main', userId: 'u', learned: 0 });
    assert.deepEqual(
      messages.map(({ turnNo, position, role, author, content }) => [turnNo, position, role, author, content]),
      [
        [1, 0, 'user', 'Ann', 'one'],
        [1, 1, 'assistant', undefined, 'so one'],
        [2, 2, 'user', 'Ann', 'two'],
        [2, 3, 'assistant', undefined, 'so two'],
      ],
    );
    assert.deepEqual(await learn(fixture, first, []), { added: 0, superseded: 0 });
    const second = await fixture.lessons.next(tenant, 'c', { turns: 2, context: 1 });
    assert.deepEqual(
      second?.messages.map(({ content }) => content),
      ['two', 'so two', 'three', 'so three'],
    );
    assert.equal(second?.learned, 2);
    await learn(fixture, second, []);
    assert.equal(await fixture.lessons.next(tenant, 'c', LIMITS), undefined);
    await unfinished();
    assert.equal(await fixture.lessons.next(tenant, 'c', LIMITS), undefined, 'what is not indexed waits');
    await indexed(fixture, tenant);
    assert.deepEqual(
      (await lessonOf(fixture, tenant, 'c')).messages.map(({ content }) => content),
      [...['two', 'so two', 'three', 'so three', 'four', 'so four']],
    );
  });

  it('stores facts with their sources, findable like any note of the one they are about', async () => {
    const fixture = await make();
    const tenant = newId('run');
    await say(fixture, tenant, 'c', 'I like tea', { user_id: 'ann' });
    const lesson = await lessonOf(fixture, tenant, 'c');
    assert.deepEqual(await learn(fixture, lesson, [{ content: 'Ann likes tea' }]), { added: 1, superseded: 0 });
    const [fact] = await found(fixture, tenant, 'tea', { userId: 'ann' });
    const [source] = lesson.messages;
    assert.deepEqual(
      { ...fact, id: '', no: '' },
      {
        ...{ id: '', no: '', type: 'long-term', content: 'Ann likes tea', conversationId: 'c', messageId: undefined },
        ...{ position: 0, role: undefined, author: undefined, agentId: 'main', userId: 'ann', tags: [FACT_TAG] },
        ...{ metadata: { learned: 'fact', sources: [source?.id], model: 'm' }, createdAt: source?.createdAt },
      },
    );
    assert.equal((await found(fixture, tenant, 'tea', { conversationId: 'c' })).length, 1);
    assert.equal((await found(fixture, tenant, 'tea', { userId: 'bob' })).length, 0);
    assert.equal((await found(fixture, newId('run'), 'tea')).length, 0);
  });

  it('lets one of several that learn the same win, and learns nothing twice', async () => {
    const fixture = await make();
    const tenant = newId('run');
    await say(fixture, tenant, 'c', 'I like tea', { user_id: 'ann' });
    const lesson = await lessonOf(fixture, tenant, 'c');
    const all = await Promise.all([1, 2, 3].map(() => learn(fixture, lesson, [{ content: 'Ann likes tea' }])));
    assert.equal(all.filter((learned) => learned !== undefined).length, 1);
    assert.deepEqual(contents(await found(fixture, tenant, 'tea')), ['Ann likes tea']);
    await say(fixture, tenant, 'c', 'tea, I said', { user_id: 'ann' });
    const again = [
      { content: 'ann  likes tea.' },
      { content: 'Ann drinks tea daily' },
      { content: 'ann drinks TEA daily' },
    ];
    assert.deepEqual(await learn(fixture, await lessonOf(fixture, tenant, 'c'), again), { added: 1, superseded: 0 });
    assert.deepEqual(contents(await found(fixture, tenant, 'tea')), ['Ann drinks tea daily', 'Ann likes tea']);
  });

  it('has a fact take the place of an older one, which is linked, and comes back when it goes', async () => {
    const fixture = await make();
    const tenant = newId('run');
    const user = { user_id: 'ann' };
    await say(fixture, tenant, 'a', 'I live in Paris', user);
    await learn(fixture, await lessonOf(fixture, tenant, 'a'), [{ content: 'Ann lives in Paris' }]);
    const [old] = await found(fixture, tenant, 'lives');
    await say(fixture, tenant, 'b', 'I moved to Rome', user);
    const moved = { content: 'Ann lives in Rome', replaces: [old?.id ?? '', 'mem_nonsense'] };
    assert.deepEqual(await learn(fixture, await lessonOf(fixture, tenant, 'b'), [moved]), { added: 1, superseded: 1 });
    const [now] = await found(fixture, tenant, 'lives');
    assert.equal(now?.content, 'Ann lives in Rome');
    assert.deepEqual(now.metadata?.['supersedes'], [old?.id]);
    assert.deepEqual((await fixture.index.find(tenant, [termHash(tenant, 'paris')], {}, REACH)).frequencies, [2]);
    assert.equal(
      (await fixture.index.list(tenant, { limit: 100 })).filter(({ content }) => content === old?.content).length,
      0,
    );

    await say(fixture, tenant, 'c', 'now in Oslo', user);
    await learn(fixture, await lessonOf(fixture, tenant, 'c'), [{ content: 'Ann lives in Oslo', replaces: [now.id] }]);
    await fixture.conversations.delete(tenant, 'b');
    await indexed(fixture, tenant);
    assert.deepEqual(contents(await found(fixture, tenant, 'lives')), ['Ann lives in Oslo']);
    await fixture.conversations.delete(tenant, 'c');
    await indexed(fixture, tenant);
    assert.deepEqual(contents(await found(fixture, tenant, 'lives')), ['Ann lives in Paris']);
    await fixture.conversations.delete(tenant, 'a');
    assert.deepEqual(await found(fixture, tenant, 'lives'), []);
    const counted = await fixture.index.find(tenant, [termHash(tenant, 'lives')], {}, REACH);
    assert.equal(counted.frequencies[0] ?? 0, 0);
  });

  it('keeps the newest telling of what is told in several conversations, and none of it when all are gone', async () => {
    const fixture = await make();
    const tenant = newId('run');
    for (const conversation of ['a', 'b']) {
      await say(fixture, tenant, conversation, 'I like tea', { user_id: 'ann' });
      await learn(fixture, await lessonOf(fixture, tenant, conversation), [{ content: 'Ann likes tea' }]);
    }
    const only = await found(fixture, tenant, 'tea');
    assert.deepEqual(
      only.map(({ conversationId }) => conversationId),
      ['b'],
    );
    await fixture.conversations.delete(tenant, 'b');
    await indexed(fixture, tenant);
    assert.deepEqual(
      (await found(fixture, tenant, 'tea')).map(({ conversationId }) => conversationId),
      ['a'],
    );
  });

  it('keeps the facts of one user, one conversation and one tenant from the others', async () => {
    const fixture = await make();
    const [tenant, other] = [newId('run'), newId('run')];
    await say(fixture, tenant, 'a', 'I like tea', { user_id: 'ann' });
    await learn(fixture, await lessonOf(fixture, tenant, 'a'), [{ content: 'likes tea' }]);
    const [anns] = await found(fixture, tenant, 'tea');
    for (const [of, conversation, user] of [
      [tenant, 'b', 'bob'],
      [other, 'a', 'ann'],
    ] as const) {
      await say(fixture, of, conversation, 'I like tea', { user_id: user });
      const stolen = { content: 'hates tea', replaces: [anns?.id ?? ''] };
      const learned = await learn(fixture, await lessonOf(fixture, of, conversation), [
        { content: 'likes tea' },
        stolen,
      ]);
      assert.deepEqual(learned, { added: 2, superseded: 0 });
    }
    assert.deepEqual(contents(await found(fixture, tenant, 'tea', { userId: 'ann' })), ['likes tea']);
  });

  it('gives the conversation what is said where several speak, others read along, or nobody is known', async () => {
    const fixture = await make();
    const tenant = newId('run');
    await say(fixture, tenant, 'several', 'hi', { user_id: 'ann' });
    assert.equal((await lessonOf(fixture, tenant, 'several')).userId, 'ann');
    await learn(fixture, await lessonOf(fixture, tenant, 'several'), []);
    for (const user of ['bob', 'bob', 'bob']) {
      await say(fixture, tenant, 'several', 'hi', { user_id: user });
      const lesson = await lessonOf(fixture, tenant, 'several');
      assert.equal(lesson.userId, undefined);
      await learn(fixture, lesson, []);
    }
    await say(fixture, tenant, 'chat', 'hi', { user_id: 'ann', channel_user: 'telegram:ann' });
    assert.equal((await lessonOf(fixture, tenant, 'chat')).userId, 'telegram:ann');
    await say(fixture, tenant, 'group', 'hi', { user_id: 'ann', group: true });
    assert.equal((await lessonOf(fixture, tenant, 'group')).userId, undefined);
    await say(fixture, tenant, 'nobody', 'we meet at noon');
    await learn(fixture, await lessonOf(fixture, tenant, 'nobody'), [{ content: 'They meet at noon' }]);
    const [fact] = await found(fixture, tenant, 'noon', { conversationId: 'nobody' });
    assert.equal(fact?.userId, undefined);
    assert.equal((await found(fixture, tenant, 'noon', { userId: 'ann' })).length, 0);
  });

  it('forgets a fact with any of its sources, and with a fact what it took the place of', async () => {
    const fixture = await make();
    const tenant = newId('run');
    await say(fixture, tenant, 'a', 'tea at noon', { user_id: 'ann' });
    await say(fixture, tenant, 'a', 'tea at five', { user_id: 'ann' });
    const lesson = await lessonOf(fixture, tenant, 'a');
    const [noon] = lesson.messages;
    await learn(fixture, lesson, [
      { content: 'tea twice', sources: lesson.messages.filter(({ role }) => role === 'user') },
      { content: 'tea late' },
    ]);
    const entries = await fixture.index.list(tenant, { limit: 100 });
    const said = entries.find(({ messageId }) => messageId === noon?.id);
    assert.equal(await fixture.index.remove(tenant, said?.id ?? ''), true);
    assert.deepEqual(contents(await found(fixture, tenant, 'tea')), ['tea late']);
    assert.equal(await learn(fixture, lesson, [{ content: 'tea at noon', sources: noon ? [noon] : [] }]), undefined);

    await say(fixture, tenant, 'b', 'no more tea', { user_id: 'ann' });
    const next = await lessonOf(fixture, tenant, 'b');
    const [late] = await found(fixture, tenant, 'tea');
    await learn(fixture, next, [{ content: 'no tea', replaces: [late?.id ?? ''] }]);
    const [none] = await found(fixture, tenant, 'tea');
    assert.equal(await fixture.index.remove(tenant, none?.id ?? ''), true);
    await indexed(fixture, tenant);
    assert.deepEqual(await found(fixture, tenant, 'tea'), []);
    await fixture.conversations.delete(tenant, 'b');
    await indexed(fixture, tenant);
    assert.deepEqual(await found(fixture, tenant, 'tea'), []);
  });

  it('learns nothing from what was forgotten meanwhile, and forgets all of it when it is pruned', async () => {
    const fixture = await make();
    const tenant = newId('run');
    for (const text of ['tea', 'more tea']) await say(fixture, tenant, 'a', text, { user_id: 'ann' });
    const lesson = await lessonOf(fixture, tenant, 'a');
    const [said] = (await fixture.index.list(tenant, { limit: 100 })).filter(({ content }) => content === 'tea');
    await fixture.index.remove(tenant, said?.id ?? '');
    const facts = [{ content: 'tea', sources: lesson.messages.slice(0, 1) }, { content: 'more tea' }];
    assert.deepEqual(await learn(fixture, lesson, facts), { added: 1, superseded: 0 });
    const [more] = await found(fixture, tenant, 'tea');
    await say(fixture, tenant, 'b', 'most tea', { user_id: 'ann' });
    await learn(fixture, await lessonOf(fixture, tenant, 'b'), [{ content: 'most tea', replaces: [more?.id ?? ''] }]);
    assert.equal(await fixture.index.count(tenant, { type: 'long-term' }), 1);
    assert.equal(await fixture.index.prune(tenant, { type: 'long-term' }), 1);
    await fixture.conversations.delete(tenant, 'b');
    await indexed(fixture, tenant);
    assert.deepEqual(await found(fixture, tenant, 'tea'), []);
    assert.equal(await fixture.lessons.next(tenant, 'a', LIMITS), undefined);
  });
}
