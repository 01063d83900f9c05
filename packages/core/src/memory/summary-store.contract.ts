import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import { newId } from '../shared/ids.js';
import type { MemoryIndexFixture } from './memory-index.contract.js';
import { type SegmentPlace, type SegmentToSumUp, SUMMARY_TAG, type SummaryStore } from './summary-store.js';
import { hashedTerms, termHash } from './term-hash.js';

const REACH = { entries: 3_000, paired: 0, postings: 0, newest: 1_000, fresh: false };

export interface SummaryStoreFixture extends MemoryIndexFixture {
  summaries: SummaryStore;
}

const VERSION = 1;
const words = (text: string) => text.toLowerCase().match(/\p{L}+/gu) ?? [];
const termsOf = (tenant: string, text: string) => hashedTerms(tenant, words(text));
const never = new AbortController().signal;

/** `make` gives stores that share one place; tenants are made up anew by each test. */
export function summaryStoreContract(it: Declare, make: () => Promise<SummaryStoreFixture>): void {
  async function say(
    { turns }: SummaryStoreFixture,
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
    const facts = { model: 'm', usage: { inputTokens: 1, outputTokens: 1 }, skillsUsed: [], latencyMs: 1 };
    await turns.complete(ref, { id: turnId, conversationId, content: `so ${text}`, interrupted: false, ...facts });
  }

  /** 20 messages, of which the first 16 are compacted. */
  async function compacted(fixture: SummaryStoreFixture, tenant: string, conversationId: string, summaries = true) {
    for (let turn = 0; turn < 10; turn++)
      await say(fixture, tenant, conversationId, `melon ${turn}`, { user_id: 'ann' });
    await fixture.index.indexPending({ tenant, limit: 1_000, version: VERSION }, termsOf);
    const before = new Date(Date.now() + 60_000);
    assert.equal((await fixture.index.compact({ before, tenant, summaries }, never)).segments, 1);
  }

  /** Those of the tenant: others may have left some. */
  async function wanted({ summaries }: SummaryStoreFixture, tenant: string): Promise<SegmentToSumUp[]> {
    const all: SegmentToSumUp[] = [];
    let after: SegmentPlace | undefined;
    for (let next = await summaries.next(); next; next = await summaries.next(after)) {
      after = next;
      if (next.tenant === tenant) all.push(next);
    }
    return all;
  }

  async function found({ index }: SummaryStoreFixture, tenant: string, word: string) {
    const { candidates } = await index.find(tenant, [termHash(tenant, word)], { tags: [SUMMARY_TAG] }, REACH);
    return index.read(
      tenant,
      candidates.map(({ no }) => no),
      {},
    );
  }

  const made = { content: 'They spoke about harvest', model: 'm' };

  it('gives segments that want it, one after another, and only where it is wanted', async () => {
    const fixture = await make();
    const tenant = newId('run');
    await compacted(fixture, tenant, 'silent', false);
    assert.deepEqual(await wanted(fixture, tenant), []);
    await compacted(fixture, tenant, 'b');
    await compacted(fixture, tenant, 'a');
    const segments = await wanted(fixture, tenant);
    assert.deepEqual(segments.map(({ conversationId }) => conversationId).sort(), ['a', 'b']);
    const [segment] = segments;
    assert.ok(segment);
    assert.deepEqual([segment.agentId, segment.userId, segment.position], ['main', 'ann', 0]);
    assert.equal(segment.messages.length, 16);
    const [first] = segment.messages;
    assert.deepEqual(
      [first?.turnNo, first?.position, first?.role, first?.author, first?.content],
      [1, 0, 'user', 'ann', 'melon 0'],
    );
  });

  it('stores a summary once, with its sources, beside what it sums up', async () => {
    const fixture = await make();
    const tenant = newId('run');
    await compacted(fixture, tenant, 'c');
    const [segment] = await wanted(fixture, tenant);
    assert.ok(segment);
    const all = await Promise.all([1, 2].map(() => fixture.summaries.store(segment, made, termsOf, VERSION)));
    assert.deepEqual(all.sort(), [false, true]);
    const [summary, ...others] = await found(fixture, tenant, 'harvest');
    assert.deepEqual(others, []);
    assert.deepEqual(
      [summary?.type, summary?.content, summary?.conversationId, summary?.userId, summary?.agentId],
      ['long-term', made.content, 'c', 'ann', 'main'],
    );
    assert.deepEqual(summary?.metadata, {
      learned: 'summary',
      sources: segment.messages.map(({ id }) => id),
      model: 'm',
    });
    assert.equal(summary?.createdAt.getTime(), segment.messages.at(-1)?.createdAt.getTime());
    assert.deepEqual(await wanted(fixture, tenant), []);
    assert.equal((await fixture.index.find(tenant, [termHash(tenant, 'melon')], {}, REACH)).candidates.length, 20);
  });

  it('keeps in mind that there was nothing to say', async () => {
    const fixture = await make();
    const tenant = newId('run');
    await compacted(fixture, tenant, 'c');
    const [segment] = await wanted(fixture, tenant);
    assert.ok(segment);
    assert.equal(await fixture.summaries.store(segment, undefined, termsOf, VERSION), true);
    assert.deepEqual(await wanted(fixture, tenant), []);
  });

  it('goes with any of its sources, and with the conversation', async () => {
    const fixture = await make();
    const tenant = newId('run');
    for (const conversation of ['a', 'b', 'c']) {
      await compacted(fixture, tenant, conversation);
      for (const segment of await wanted(fixture, tenant))
        await fixture.summaries.store(segment, made, termsOf, VERSION);
    }
    const [said] = (await fixture.index.list(tenant, { limit: 1_000 })).filter(
      ({ conversationId, position }) => conversationId === 'a' && position === 5,
    );
    assert.equal(await fixture.index.remove(tenant, said?.id ?? ''), true);
    assert.deepEqual((await found(fixture, tenant, 'harvest')).map(({ conversationId }) => conversationId).sort(), [
      'b',
      'c',
    ]);
    await fixture.conversations.delete(tenant, 'b');
    assert.deepEqual(
      (await found(fixture, tenant, 'harvest')).map(({ conversationId }) => conversationId),
      ['c'],
    );
    await fixture.index.prune(tenant, { type: 'compacted' });
    assert.deepEqual(await found(fixture, tenant, 'harvest'), []);
  });

  it('stores none of what was changed or deleted meanwhile', async () => {
    const fixture = await make();
    const tenant = newId('run');
    for (const conversation of ['a', 'b']) await compacted(fixture, tenant, conversation);
    const segments = await wanted(fixture, tenant);
    const [said] = (await fixture.index.list(tenant, { limit: 1_000 })).filter(
      ({ conversationId, position }) => conversationId === 'a' && position === 5,
    );
    await fixture.index.remove(tenant, said?.id ?? '');
    await fixture.conversations.delete(tenant, 'b');
    for (const segment of segments)
      assert.equal(await fixture.summaries.store(segment, made, termsOf, VERSION), false, segment.conversationId);
    assert.deepEqual(await found(fixture, tenant, 'harvest'), []);
    const [left] = await wanted(fixture, tenant);
    assert.equal(left?.messages.length, 15);
  });
}
