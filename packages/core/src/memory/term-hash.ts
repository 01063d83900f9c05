/**
 * A term as a number of 32 bits (FNV-1a over UTF-16 units, then murmur's finisher). The tenant is part of it: so one index over numbers
 * leads with the tenant in effect, needs no extension to do so, and says nothing about the words of one tenant to another.
 */
export function termHash(tenant: string, term: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < tenant.length; i++) hash = Math.imul(hash ^ tenant.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ 0x1f, 0x01000193);
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

/** Longer entries are found by their first so many different terms. */
const MOST_TERMS = 4_000;

/** The different terms of a text, as numbers. */
export function hashedTerms(tenant: string, terms: Iterable<string>): number[] {
  const hashes = new Set<number>();
  for (const term of new Set(terms)) {
    hashes.add(termHash(tenant, term));
    if (hashes.size >= MOST_TERMS) break;
  }
  return [...hashes];
}
