import type { CallOptions } from './call-options.js';
import { newKey } from './idempotency-key.js';
import type { Transport } from './transport.js';
import type {
  MemoryAdded,
  MemoryList,
  MemoryPruned,
  MemoryResults,
  MemorySearch,
  MemoryStatistics,
  NewMemory,
} from './wire.js';

/** What is remembered: `client.memory`. */
export class Memory {
  constructor(private readonly transport: Transport) {}

  /** Best first. */
  search(
    query: string,
    { minScore, conversationId, agentId, userId, ...search }: MemorySearch = {},
    options: CallOptions = {},
  ): Promise<MemoryResults> {
    const ids = { conversation_id: conversationId, agent_id: agentId, user_id: userId };
    const body = { query, ...search, ...ids, min_score: minScore };
    const path = '/api/v1/memory/search';
    return this.transport.json({ ...options, method: 'POST', path, body, idempotencyKey: newKey() });
  }

  /** Adds something to be kept. */
  async add(content: string, more: Omit<NewMemory, 'content'> = {}, options: CallOptions = {}): Promise<MemoryAdded> {
    const body = noteBody({ content, ...more });
    const { data } = await this.transport.json<{ data: MemoryAdded }>({
      ...options,
      method: 'POST',
      path: '/api/v1/memory',
      body,
    });
    return data;
  }

  /** Adds up to 500 at once, all of them or none; gives their ids in their order. */
  addMany(notes: NewMemory[], options: CallOptions = {}): Promise<{ ids: string[] }> {
    const body = { entries: notes.map(noteBody) };
    return this.transport.json({ ...options, method: 'POST', path: '/api/v1/memory/import', body });
  }

  stats(options: CallOptions = {}): Promise<MemoryStatistics> {
    return this.transport.json({ ...options, method: 'GET', path: '/api/v1/memory/stats' });
  }

  /** Everything, in order of arrival; `cursor` is `next_cursor` of the page before. */
  list(query: { limit?: number; cursor?: string } = {}, options: CallOptions = {}): Promise<MemoryList> {
    return this.transport.json({ ...options, method: 'GET', path: '/api/v1/memory', query });
  }

  delete(id: string, options: CallOptions = {}): Promise<{ id: string; deleted: true }> {
    return this.transport.json({ ...options, method: 'DELETE', path: `/api/v1/memory/${encodeURIComponent(id)}` });
  }

  /** Forgets for good. Throws `ConflictError` with `details.would_prune`, and does nothing, unless `confirm` is true. */
  prune(
    which: { before?: Date | string; type?: MemorySearch['type']; confirm?: boolean },
    options: CallOptions = {},
  ): Promise<MemoryPruned> {
    return this.transport.json({ ...options, method: 'DELETE', path: '/api/v1/memory/prune', body: which });
  }

  compact(options: CallOptions = {}): Promise<{ segments: number; entries: number }> {
    return this.transport.json({ ...options, method: 'POST', path: '/api/v1/memory/compact' });
  }
}

function noteBody({ sessionId, userId, ...note }: NewMemory) {
  return { ...note, session_id: sessionId, user_id: userId };
}
