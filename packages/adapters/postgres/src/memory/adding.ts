import { memoryId, type NewNote, noteStream, type TermsOf } from '@openclaw/core';
import type { PoolClient } from 'pg';
import { indexRows } from './indexing.js';
import { ADD_NOTES, TAKE_PLACES } from './statements.js';

export interface AddedNote {
  id: string;
  no: string;
  stream: string;
  position: number;
  createdAt: Date;
}

/** Stores notes and indexes them, in the caller's transaction; in their order. */
export async function addNotes(
  client: PoolClient,
  tenant: string,
  notes: NewNote[],
  termsOf: TermsOf,
  version: number,
): Promise<AddedNote[]> {
  if (notes.length === 0) return [];
  const streams = notes.map(noteStream);
  const many = new Map<string, number>();
  for (const stream of streams) many.set(stream, (many.get(stream) ?? 0) + 1);
  const places = await client.query<{ stream: string; next: number }>(TAKE_PLACES, [
    tenant,
    [...many.keys()],
    [...many.values()],
  ]);
  const next = new Map(places.rows.map((row) => [row.stream, row.next - (many.get(row.stream) ?? 0)]));
  const placed = notes.map((note, at) => {
    const stream = streams[at] ?? '';
    const position = next.get(stream) ?? 0;
    next.set(stream, position + 1);
    return { note, stream, position };
  });
  const added = await client.query<{ no: string; stream: string; position: number }>(ADD_NOTES, [
    tenant,
    JSON.stringify(
      placed.map(({ note, stream, position }) => ({
        ...{ stream, position, created_at: note.createdAt, content: note.content, tags: note.tags },
        ...{ author: note.author, user_id: note.userId, agent_id: note.agentId, metadata: note.metadata },
      })),
    ),
  ]);
  const nos = new Map(added.rows.map((row) => [`${row.position} ${row.stream}`, row.no]));
  const rows = placed.map(({ note, stream, position }) => ({
    tenant,
    ...{
      no: nos.get(`${position} ${stream}`) ?? '',
      stream,
      position,
      kind: 'note' as const,
      content: note.content,
    },
    ...{ created_at: note.createdAt, tags: note.tags, message_id: null, role: null, metadata: null },
    ...{ author: note.author ?? null, user_id: note.userId ?? null, agent_id: note.agentId ?? null },
  }));
  await indexRows(client, rows, termsOf, version);
  return rows.map(({ no, stream, position, created_at }) => ({
    id: memoryId(no, created_at),
    no,
    stream,
    position,
    createdAt: created_at,
  }));
}
