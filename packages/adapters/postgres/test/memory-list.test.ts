import { expect, it } from '@jest/globals';
import { hashedTerms } from '@openclaw/core';
import { openDatabase } from './open-database.js';

const never = new AbortController().signal;
const termsOf = (tenant: string, text: string) => hashedTerms(tenant, text.split(' '));

it('lists what there is at one moment, segments that go meanwhile included', async () => {
  const { postgres, client, close } = await openDatabase(3);
  try {
    const { memory } = postgres;
    const notes = Array.from({ length: 17 }, (_, no) => ({ content: `note ${no}`, tags: [], createdAt: new Date(0) }));
    await memory.add('t', notes, termsOf, 1);
    expect(await memory.compact({ before: new Date(), tenant: 't' }, never)).toEqual({ segments: 1, entries: 16 });
    await client.query('begin');
    await client.query('lock table memory_segments in access exclusive mode');
    const listed = memory.list('t', { limit: 100 });
    const waiting = `select 1 from pg_locks where not granted and relation = 'memory_segments'::regclass`;
    while ((await client.query(waiting)).rows.length === 0);
    await client.query(`select forget_streams('t', array['t:[]'])`);
    await client.query('commit');
    expect((await listed).map(({ content }) => content)).toEqual(notes.map(({ content }) => content));
    expect(await memory.list('t', { limit: 100 })).toEqual([]);
  } finally {
    await close();
  }
});
