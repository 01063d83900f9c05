import assert from 'node:assert/strict';
import type { ConversationStore } from '../conversations/conversation-store.js';
import type { TurnStore } from '../messages/turn-store.js';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { MemoryFilter, NewNote } from './memory-entry.js';
import type { MemoryIndex } from './memory-index.js';
import { hashedTerms, termHash } from './term-hash.js';

export interface MemoryIndexFixture {
  index: MemoryIndex;
  turns: TurnStore;
  conversations: ConversationStore;
}

const AT = new Date('2026-03-01T10:00:00Z');
const LATER = new Date('2026-06-01T10:00:00Z');
const VERSION = 1;
const REACH = { entries: 3_000, paired: 300, postings: 20_000, newest: 1_000, fresh: false };

const words = (text: string) => text.toLowerCase().match(/\p{L}+/gu) ?? [];
const termsOf = (tenant: string, text: string) => hashedTerms(tenant, words(text));

function note(content: string, more: Partial<NewNote> = {}): NewNote {
  return { content, tags: [], createdAt: AT, ...more };
}

/** `make` gives stores that share one place; tenants are made up anew by each test. */
export function memoryIndexContract(it: Declare, make: () => Promise<MemoryIndexFixture>): void {
  const aTenant = () => newId('run');

  async function found(index: MemoryIndex, tenant: string, word: string, filter: MemoryFilter = {}) {
    const { candidates } = await index.find(tenant, [termHash(tenant, word)], filter, REACH);
    const entries = await index.read(
      tenant,
      candidates.map(({ no }) => no),
      filter,
    );
    return entries.map(({ content }) => content).sort();
  }

  async function say(
    { turns }: MemoryIndexFixture,
    tenant: string,
    conversationId: string,
    text: string,
    answer: string,
    metadata?: Record<string, unknown>,
  ) {
    const turnId = newId('msg');
    const { ref } = await turns.begin({
      tenant,
      conversationId,
      turnId,
      message: { id: newId('msg'), content: text, ...(metadata && { metadata }) },
      request: {},
      conversation: { channel: 'api', agentId: 'main', summary: text },
      durable: false,
      historyLimits: { maxMessages: 10, maxTokens: 100 },
    });
    const usage = { inputTokens: 1, outputTokens: 1 };
    const facts = { model: 'm', usage, skillsUsed: [], latencyMs: 1, interrupted: false };
    await turns.complete(ref, { id: turnId, conversationId, content: answer, ...facts });
    return turnId;
  }

  it('finds notes by their terms, and gives them back as they came', async () => {
    const { index } = await make();
    const tenant = aTenant();
    const [apple] = await index.add(
      tenant,
      [
        note('Apples are red', { tags: ['fruit', 'red'], metadata: { from: 'a test' }, author: 'ann', userId: 'u1' }),
        note('Plums are blue', { tags: ['fruit'] }),
      ],
      termsOf,
      VERSION,
    );
    const wanted = ['are', 'apples', 'pears'].map((word) => termHash(tenant, word));
    const { candidates, ...known } = await index.find(tenant, wanted, { userId: 'u1' }, REACH);
    assert.deepEqual(known, { waiting: false, entries: 2, totalLength: 6, frequencies: [2, 1, 0], asked: [1, 0] });
    const [candidate] = candidates;
    assert.equal(candidate?.mask, 3);
    assert.equal(candidate?.length, 3);
    const [entry] = await index.read(tenant, [candidate?.no ?? ''], {});
    assert.deepEqual(
      { ...entry, no: undefined },
      {
        ...{ id: apple?.id, no: undefined, type: 'long-term', content: 'Apples are red', conversationId: undefined },
        ...{ messageId: undefined, position: 0, role: undefined, author: 'ann', agentId: undefined, userId: 'u1' },
        ...{ tags: ['fruit', 'red'], metadata: { from: 'a test' }, createdAt: AT },
      },
    );
  });

  it('keeps tenants apart, whatever is asked', async () => {
    const { index } = await make();
    const [one, other] = [aTenant(), aTenant()];
    const [kept] = await index.add(one, [note('a secret of one')], termsOf, VERSION);
    await index.add(other, [note('nothing')], termsOf, VERSION);
    const [mine] = await index.list(one, { limit: 10 });
    const no = mine?.no ?? '';
    assert.deepEqual(await found(index, other, 'secret'), []);
    assert.deepEqual((await index.find(other, [termHash(one, 'secret')], {}, REACH)).candidates, []);
    assert.deepEqual(await index.read(other, [no], {}), []);
    assert.deepEqual((await index.find(other, [termHash(one, 'secret')], {}, REACH)).frequencies, [0]);
    assert.equal((await index.list(other, { limit: 10 })).length, 1);
    assert.equal(await index.remove(other, kept?.id ?? ''), false);
    assert.equal(await index.prune(other, {}), 1);
    assert.deepEqual(await found(index, one, 'secret'), ['a secret of one']);
  });

  it('remembers what turns say once it is indexed, by any of several that index at once, each once', async () => {
    const fixture = await make();
    const { index } = fixture;
    const tenant = aTenant();
    const answerId = await say(fixture, tenant, 'c1', 'where is my parcel', 'at the harbour', { user_id: 'u7' });
    assert.equal((await index.stats(tenant)).wal.entries >= 0, true);
    const asked = [termHash(tenant, 'parcel')];
    const { waiting, candidates } = await index.find(tenant, asked, {}, { ...REACH, fresh: true });
    assert.deepEqual([waiting, candidates], [true, []]);
    await Promise.all([1, 2, 3].map(() => index.indexPending({ tenant, limit: 10, version: VERSION }, termsOf)));
    await index.indexPending({ tenant, limit: 10, version: VERSION }, termsOf);
    assert.equal((await index.find(tenant, asked, {}, { ...REACH, fresh: true })).waiting, false);
    assert.deepEqual(await found(index, tenant, 'parcel'), ['where is my parcel']);
    const within = { conversationId: 'c1', type: 'wal' as const };
    const [harbour] = (await index.find(tenant, [termHash(tenant, 'harbour')], within, REACH)).candidates;
    const [entry] = await index.read(tenant, [harbour?.no ?? ''], {});
    assert.equal(entry?.messageId, answerId);
    assert.equal(entry?.role, 'assistant');
    assert.equal(entry?.position, 1);
    const { entries, frequencies } = await index.find(tenant, [termHash(tenant, 'parcel'), 5], {}, REACH);
    assert.deepEqual([entries, ...frequencies], [2, 1, 0]);
    assert.equal((await index.stats(tenant)).wal.entries, 2);
  });

  it('applies every filter, where it finds and where it reads', async () => {
    const { index } = await make();
    const tenant = aTenant();
    await index.add(
      tenant,
      [
        note('word old', { createdAt: AT, tags: ['x', 'y'], agentId: 'a', userId: 'u' }),
        note('word new', { createdAt: LATER, sessionId: 's1' }),
      ],
      termsOf,
      VERSION,
    );
    assert.deepEqual([await index.hasNotes(tenant, 's1'), await index.hasNotes(tenant, 's2')], [true, false]);
    assert.equal(await index.hasNotes(aTenant(), 's1'), false);
    const all = (await index.list(tenant, { limit: 9 })).map(({ no }) => no);
    const cases: [MemoryFilter, string[]][] = [
      [{}, ['word new', 'word old']],
      [{ since: LATER }, ['word new']],
      [{ until: AT }, ['word old']],
      [{ tags: ['y'] }, ['word old']],
      [{ tags: ['y', 'z'] }, []],
      [{ agentId: 'a' }, ['word old']],
      [{ userId: 'u' }, ['word old']],
      [{ conversationId: 's1' }, ['word new']],
      [{ type: 'wal' }, []],
      [{ type: 'long-term' }, ['word new', 'word old']],
    ];
    for (const [filter, wanted] of cases) {
      assert.deepEqual(await found(index, tenant, 'word', filter), wanted, JSON.stringify(filter));
      const read = await index.read(tenant, all, filter);
      assert.deepEqual(read.map(({ content }) => content).sort(), wanted, JSON.stringify(filter));
    }
  });

  it('looks for what few entries have: each of the rarer terms, or two others; else among the newest', async () => {
    const { index } = await make();
    const tenant = aTenant();
    const [a, b, c] = ['a', 'b', 'c'].map((word) => termHash(tenant, word)) as [number, number, number];
    const texts = ['b c', 'd', 'd', 'a b', 'a c', 'b', 'b', 'c', 'c', 'b'];
    await index.add(
      tenant,
      texts.map((text, at) => note(text, { createdAt: new Date(AT.getTime() + at), sessionId: 's' })),
      termsOf,
      VERSION,
    );
    const find = async (terms: number[], entries: number, filter: MemoryFilter = {}, paired = 0, postings = 0) => {
      const reach = { entries, paired, postings, newest: 3, fresh: false };
      const found = await index.find(tenant, terms, filter, reach);
      const masks = found.candidates.toSorted((x, y) => x.position - y.position);
      return [found.asked, ...masks.map(({ position, mask }) => [position, mask])];
    };
    const newest = [
      [1, 0],
      [7, 1],
      [8, 1],
      [9, 2],
    ];
    assert.deepEqual(await find([a, b], 2), [
      [0, 1],
      [3, 3],
      [4, 1],
    ]);
    assert.deepEqual(await find([b, a], 2), [
      [1, 0],
      [3, 3],
      [4, 1],
    ]);
    assert.deepEqual(await find([b, a], 1), [
      [1, 0],
      [3, 3],
    ]);
    const paired = [
      [0, 2, 1],
      [0, 6],
      [3, 5],
      [4, 3],
    ];
    assert.deepEqual(await find([a, b, c], 2, {}, 2, 9), paired);
    assert.deepEqual(await find([a, b, c], 2, { conversationId: 's' }, 2, 9), paired);
    const alone = [paired[0], ...paired.slice(2)];
    assert.deepEqual(await find([a, b, c], 2, {}, 1, 9), alone);
    assert.deepEqual(await find([a, b, c], 2, {}, 2, 8), alone);
    assert.deepEqual(await find([b, c], 0), newest);
    assert.deepEqual(await find([b, c], 0, { conversationId: 's' }), newest);
    assert.deepEqual(await find([b, c], 0, { type: 'long-term' }), newest);
    assert.deepEqual((await find([b, c], 9, { conversationId: 'another' })).slice(1), []);
  });

  it('counts the terms of many once, however many tenants they are of and however many index at once', async () => {
    const fixture = await make();
    const { index } = fixture;
    const [one, other] = [aTenant(), aTenant()];
    for (let no = 0; no < 130; no++)
      await say(fixture, no % 2 ? one : other, `c${no % 5}`, `word ${no === 129 ? 'last' : 'more'}`, 'word');
    const all = () => index.indexPending({ limit: 1_000, version: VERSION }, termsOf);
    await Promise.all([all(), all()]);
    await all();
    for (const tenant of [one, other]) {
      const { entries, frequencies } = await index.find(tenant, [termHash(tenant, 'word')], {}, REACH);
      assert.deepEqual([entries, ...frequencies], [130, 130]);
    }
    assert.deepEqual(await found(index, one, 'last'), ['word last']);
  });

  it('knows whose a message and its answer are: a channel’s user is nobody else of that number', async () => {
    const fixture = await make();
    const { index } = fixture;
    const tenant = aTenant();
    await say(fixture, tenant, 'c1', 'word here', 'word there', { user_id: '42', channel_user: 'telegram:42' });
    await say(fixture, tenant, 'c2', 'word else', 'nothing', { user_id: '42', channel_user: 'discord:42' });
    await say(fixture, tenant, 'c3', 'word api', 'nothing', { user_id: '42' });
    await index.indexPending({ tenant, limit: 10, version: VERSION }, termsOf);
    const of = (userId: string) => found(index, tenant, 'word', { userId });
    assert.deepEqual(await of('telegram:42'), ['word here', 'word there']);
    assert.deepEqual(await of('discord:42'), ['word else']);
    assert.deepEqual(await of('42'), ['word api']);
  });

  it('forgets with the conversation, indexed or not', async () => {
    const fixture = await make();
    const { index, conversations } = fixture;
    const tenant = aTenant();
    await say(fixture, tenant, 'gone', 'zebra one', 'zebra two');
    await say(fixture, tenant, 'stays', 'zebra three', 'yes');
    await index.indexPending({ tenant, limit: 100, version: VERSION }, termsOf);
    await index.add(tenant, [note('zebra four', { sessionId: 'gone' })], termsOf, VERSION);
    await say(fixture, tenant, 'gone', 'zebra five', 'six');
    await conversations.delete(tenant, 'gone');
    await index.indexPending({ tenant, limit: 100, version: VERSION }, termsOf);
    assert.deepEqual(await found(index, tenant, 'zebra'), ['zebra three']);
    const { entries, frequencies } = await index.find(tenant, [termHash(tenant, 'zebra')], {}, REACH);
    assert.deepEqual([entries, ...frequencies], [2, 1]);
    assert.equal((await index.stats(tenant)).wal.entries, 2);
  });

  it('removes one, and prunes by age and type', async () => {
    const fixture = await make();
    const { index } = fixture;
    const tenant = aTenant();
    const added = await index.add(
      tenant,
      [note('pear one'), note('pear two'), note('pear three', { createdAt: LATER })],
      termsOf,
      VERSION,
    );
    await say(fixture, tenant, 'c', 'pear said', 'ok');
    await index.indexPending({ tenant, limit: 100, version: VERSION }, termsOf);
    assert.equal(await index.remove(tenant, added[0]?.id ?? ''), true);
    assert.equal(await index.remove(tenant, added[0]?.id ?? ''), false);
    assert.equal(await index.remove(tenant, 'mem_nonsense'), false);
    assert.equal(await index.count(tenant, { before: LATER }), 1);
    assert.equal(await index.prune(tenant, { before: LATER }), 1);
    assert.equal(await index.prune(tenant, { type: 'wal' }), 2);
    assert.deepEqual(await found(index, tenant, 'pear'), ['pear three']);
    assert.deepEqual((await index.find(tenant, [termHash(tenant, 'pear')], {}, REACH)).frequencies, [1]);
  });

  it('compacts whole segments of old entries, which are found and read as before', async () => {
    const fixture = await make();
    const { index, conversations } = fixture;
    const tenant = aTenant();
    for (let turn = 0; turn < 10; turn++)
      await say(fixture, tenant, 'long', `melon question ${turn}`, `melon answer ${turn} 瓜 😀`);
    await index.indexPending({ tenant, limit: 100, version: VERSION }, termsOf);
    const before = await index.list(tenant, { limit: 100 });
    const never = new AbortController().signal;
    assert.deepEqual(await index.compact({ before: AT, tenant }, never), { segments: 0, entries: 0 });
    const future = new Date(Date.now() + 60_000);
    assert.deepEqual(await index.compact({ before: future, tenant }, never), { segments: 1, entries: 16 });
    assert.deepEqual(await index.compact({ before: future, tenant }, never), { segments: 0, entries: 0 });
    const after = await index.list(tenant, { limit: 100 });
    assert.deepEqual(
      after.map((entry) => ({ ...entry, type: 'wal' })),
      before,
    );
    assert.equal(after.filter(({ type }) => type === 'compacted').length, 16);
    assert.equal(
      (await index.find(tenant, [termHash(tenant, 'melon')], { type: 'compacted' }, REACH)).candidates.length,
      16,
    );
    const stats = await index.stats(tenant);
    assert.deepEqual([stats.wal.entries, stats.compacted.segments, stats.compacted.entries], [4, 1, 16]);
    assert.ok(stats.compacted.lastCompaction);
    // One out of the middle: the rest of its segment stays as it was.
    const victim = after[3];
    assert.equal(await index.remove(tenant, victim?.id ?? ''), true);
    assert.deepEqual(
      (await index.list(tenant, { limit: 100 })).map(({ id }) => id),
      after.filter(({ id }) => id !== victim?.id).map(({ id }) => id),
    );
    await conversations.delete(tenant, 'long');
    assert.deepEqual(await index.list(tenant, { limit: 100 }), []);
    const { wal, compacted } = await index.stats(tenant);
    const left = [wal.entries, wal.bytes, compacted.segments, compacted.entries, compacted.bytes];
    assert.deepEqual(left, [0, 0, 0, 0, 0]);
  });

  it('gives what an older analyser has cut the terms of the newer one', async () => {
    const { index } = await make();
    const tenant = aTenant();
    await index.add(tenant, [note('Grape')], termsOf, VERSION);
    const doubled = (of: string, text: string) => hashedTerms(of, [...words(text), 'extra']);
    assert.equal((await index.indexPending({ tenant, limit: 10_000, version: VERSION + 1 }, doubled)) > 0, true);
    assert.deepEqual(await found(index, tenant, 'extra'), ['Grape']);
    assert.deepEqual(
      (await index.find(tenant, [termHash(tenant, 'extra'), termHash(tenant, 'grape')], {}, REACH)).frequencies,
      [1, 1],
    );
  });
}
