import { describe, expect, it } from '@jest/globals';
import { hnswIndex, nearestStatement } from './halfvec.js';
import { storeStatement } from './statements.js';

const plain = (text: string) => text.replace(/\s+/g, ' ');

describe('the statements for pgvector', () => {
  it('order by the very expression that is indexed', () => {
    const { text, values } = nearestStatement('acme', 7, Float32Array.of(0.5, -0.5), {}, 200);
    expect(plain(text)).toBe(
      'select v.no::text, 1 - (v.embedding::halfvec(2) <=> $2::halfvec(2)) as cosine from memory_vectors v' +
        ' where v.tenant = $1 and v.model = 7 and v.vector is not null order by v.embedding::halfvec(2) <=> $2::halfvec(2) limit $3',
    );
    expect(values).toEqual(['acme', '[0.5,-0.5]', 200]);
    expect(hnswIndex('memory_vectors_hnsw_7', 7, 2)).toContain(
      'using hnsw ((embedding::halfvec(2)) halfvec_cosine_ops) where model = 7',
    );
  });

  it('filter by index rows, and take every value as a parameter', () => {
    const nasty = "x' or true; --";
    const filter = { userId: nasty, conversationId: nasty, tags: [nasty] };
    const { text, values } = nearestStatement(nasty, 7, Float32Array.of(1), filter, 200);
    expect(plain(text)).toContain('exists (select from memory_index i where i.tenant = v.tenant and i.no = v.no and ');
    expect(text).not.toContain(nasty);
    expect(values).toEqual([nasty, '[1]', 200, [nasty], [`c:${nasty}`, `s:${nasty}`, `d:${nasty}`], nasty]);
  });

  it('store the extension’s form only where it is there', () => {
    expect(storeStatement(false)).not.toContain('embedding');
    expect(plain(storeStatement(true))).toContain('(tenant, no, model, vector, embedding)');
  });
});
