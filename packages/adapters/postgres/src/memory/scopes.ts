import { hash } from 'node:crypto';

/** Where an entry belongs, or is looked for. */
export interface Belonging {
  stream?: string | undefined;
  kind?: string | undefined;
  user_id?: string | null | undefined;
  tags?: string[] | null | undefined;
}

/**
 * Numbers among the terms of an entry that say where it belongs: so the index cuts a search within a conversation, a user, tags or the notes
 * out before any row is fetched. The function `memory_scopes` of the database makes the same.
 */
export function scopesOf(tenant: string, { stream, kind, user_id, tags }: Belonging): number[] {
  const scopes: number[] = [];
  const add = (sort: string, value: string) => scopes.push(scope(tenant, sort, value));
  if (stream !== undefined && isOfConversation(stream)) add('stream', stream.slice(2));
  if (kind === 'note') add('kind', 'note');
  if (typeof user_id === 'string') add('user', user_id);
  for (const tag of new Set(tags ?? [])) add('tag', tag);
  return scopes;
}

function scope(tenant: string, sort: string, value: string): number {
  return Buffer.from(hash('md5', `${tenant}\u001f\u001f${sort} ${value}`, 'hex').slice(0, 8), 'hex').readInt32BE();
}

/** A conversation, the notes of a session of its name, and what was learned from it are one. */
function isOfConversation(stream: string): boolean {
  return /^[csd]:/.test(stream);
}
