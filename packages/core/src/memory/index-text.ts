import type { Analyser } from './analyser.js';
import type { MemoryIndex, TermsOf } from './memory-index.js';
import { hashedTerms } from './term-hash.js';

/** The terms by which a text is found, as this analyser has them. */
export function termsBy(analyser: Analyser): TermsOf {
  return (tenant, text) => hashedTerms(tenant, analyser.terms(text));
}

/** What was said a moment ago in this tenant is among what is looked at next; more than `limit` wait only where the indexer can't keep up. */
export async function catchUp(index: MemoryIndex, analyser: Analyser, tenant: string, limit: number): Promise<void> {
  await index.indexPending({ tenant, limit, version: analyser.version }, termsBy(analyser));
}
