import type {
  AddMemoryRequest,
  MemoryItem,
  MemoryList,
  MemoryResult,
  MemoryResults,
  MemorySearchQuery,
  MemorySearchRequest,
  MemorySource,
  MemoryStatistics,
  SessionMemoryResults,
} from '@openclaw/contracts';
import { parseIsoTime } from '@openclaw/contracts';
import type {
  AddNote,
  EmbeddingProgress,
  MemoryEntry,
  MemoryHits,
  MemoryPage,
  MemoryQuery,
  MemoryStats,
  MemoryType,
} from '@openclaw/core';
import { success } from './dialect-d.js';

const MB = 1024 * 1024;
const DEFAULT_LIMIT = 10;
const DEFAULT_SESSION_LIMIT = 5;

/** Dialect B. */
export function memoryQuery(body: MemorySearchRequest, tenant: string): MemoryQuery {
  return {
    tenant,
    query: body.query,
    limit: body.limit ?? DEFAULT_LIMIT,
    minScore: body.min_score,
    filter: {
      type: typeOf(body.type),
      since: timeOf(body.since),
      until: timeOf(body.until),
      tags: body.tags,
      conversationId: body.conversation_id,
      agentId: body.agent_id,
      userId: body.user_id,
    },
  };
}

/** Dialect D. */
export function sessionMemoryQuery(query: MemorySearchQuery, tenant: string): MemoryQuery {
  return {
    tenant,
    query: query.query,
    limit: query.limit ?? DEFAULT_SESSION_LIMIT,
    minScore: query.minScore,
    filter: {
      type: typeOf(query.type),
      since: timeOf(query.since),
      until: timeOf(query.until),
      tags: query.tag === undefined ? undefined : [query.tag],
      conversationId: query.session,
      agentId: query.agent,
      userId: query.user,
    },
  };
}

export function newNote(body: AddMemoryRequest): AddNote {
  const { content, tags, createdAt, session_id: sessionId, author, user_id: userId, metadata } = body;
  return { content, tags, createdAt: timeOf(createdAt), sessionId, author, userId, metadata };
}

export function memoryResults({ results, total }: MemoryHits, query: string): MemoryResults {
  return {
    results: results.map((hit): MemoryResult => {
      const { id, content, type, created_at, source, conversation_id } = common(hit);
      const { metadata } = hit;
      const score = rounded(hit.score, 1e4);
      return {
        id,
        content,
        score,
        source,
        type,
        conversation_id,
        created_at,
        ...(metadata !== undefined && { metadata }),
      };
    }),
    total,
    query,
  };
}

export function sessionMemoryResults({ results }: MemoryHits): SessionMemoryResults {
  return success({
    results: results.map((hit) => ({ content: hit.content, score: rounded(hit.score, 1e4), source: sourceText(hit) })),
  });
}

export function memoryList({ entries, more, total }: MemoryPage): MemoryList {
  const list: MemoryList = {
    entries: entries.map((entry): MemoryItem => {
      const { tags, author, role, agentId, userId, metadata } = entry;
      return {
        ...common(entry),
        tags,
        ...(author !== undefined && { author }),
        ...(role !== undefined && { role }),
        ...(agentId !== undefined && { agent_id: agentId }),
        ...(userId !== undefined && { user_id: userId }),
        ...(metadata !== undefined && { metadata }),
      };
    }),
    total,
  };
  const last = entries.at(-1);
  if (more && last) list.next_cursor = last.id;
  return list;
}

export function memoryStatistics(
  { wal, compacted }: MemoryStats,
  embeddings: EmbeddingProgress | undefined,
): MemoryStatistics {
  return {
    wal: { entries: wal.entries, size_mb: megabytes(wal.bytes), oldest_entry: wal.oldestEntry?.toISOString() ?? null },
    compacted: {
      files: compacted.segments,
      size_mb: megabytes(compacted.bytes),
      last_compaction: compacted.lastCompaction?.toISOString() ?? null,
    },
    total_size_mb: megabytes(wal.bytes + compacted.bytes),
    ...(embeddings && { embeddings }),
  };
}

/** To the byte, nearly: small memories should not be shown as nothing. */
export function megabytes(bytes: number): number {
  return rounded(bytes / MB, 1e6);
}

export function typeOf(type: string | undefined): MemoryType | undefined {
  return type === undefined || type === 'all' ? undefined : (type as MemoryType);
}

export function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : parseIsoTime(text);
}

function common({ id, content, type, conversationId, messageId, position, createdAt }: MemoryEntry) {
  const source: MemorySource = {
    type: messageId === undefined ? 'document' : 'conversation',
    ...(conversationId !== undefined && { conversation_id: conversationId }),
    ...(messageId !== undefined && { message_id: messageId }),
    position,
  };
  return { id, content, source, type, conversation_id: conversationId ?? null, created_at: createdAt.toISOString() };
}

function sourceText({ messageId, conversationId, tags, position }: MemoryEntry): string {
  const name = conversationId ?? (tags.length > 0 ? tags.join(',') : 'notes');
  return `${messageId === undefined ? 'document' : 'conversation'}:${name}#${position}`;
}

function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}
