import type { Near } from '@openclaw/core';
import type { Database } from '../../database.js';
import { packedCosine } from './packed-vector.js';
import { PACKED } from './statements.js';

/** So many vectors are read at once: some megabytes, and some milliseconds of comparing. */
const CHUNK = 1_000;

/** Compares the query with the vectors of these entries, a chunk at a time. */
export async function packedCosines(
  database: Database,
  tenant: string,
  model: number,
  query: Float32Array,
  nos: string[],
): Promise<Near[]> {
  const near: Near[] = [];
  for (let at = 0; at < nos.length; at += CHUNK) {
    const chunk = nos.slice(at, at + CHUNK);
    const rows = await database.query<{ no: string; vector: string }>(PACKED, [tenant, model, chunk]);
    for (const { no, vector } of rows) {
      const cosine = packedCosine(query, Buffer.from(vector, 'base64'));
      if (cosine !== undefined) near.push({ no, cosine });
    }
  }
  return near;
}
