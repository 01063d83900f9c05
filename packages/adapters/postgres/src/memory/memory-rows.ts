import { type MemoryEntry, memoryId } from '@openclaw/core';

/** An entry with its text, as the database tells it and as a segment keeps it. */
export interface EntryRow {
  no: string;
  stream: string;
  position: number;
  kind: 'message' | 'note';
  created_at: Date;
  /** Null where the message has gone with its conversation. */
  content: string | null;
  message_id: string | null;
  role: 'user' | 'assistant' | null;
  author: string | null;
  user_id: string | null;
  agent_id: string | null;
  tags: string[] | null;
  metadata: Record<string, unknown> | null;
}

export function toEntry(row: EntryRow, compacted: boolean): MemoryEntry {
  return {
    id: memoryId(row.no, row.created_at),
    no: row.no,
    type: row.kind === 'note' ? 'long-term' : compacted ? 'compacted' : 'wal',
    content: row.content ?? '',
    conversationId: conversationOf(row.stream),
    messageId: row.message_id ?? undefined,
    position: row.position,
    role: row.role ?? undefined,
    author: row.author ?? undefined,
    agentId: row.agent_id ?? undefined,
    userId: row.user_id ?? undefined,
    tags: row.tags ?? [],
    metadata: row.metadata ?? undefined,
    createdAt: row.created_at,
  };
}

export function conversationOf(stream: string): string | undefined {
  return stream.startsWith('t:') ? undefined : stream.slice(2);
}
