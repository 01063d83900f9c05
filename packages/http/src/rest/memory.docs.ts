import {
  AddMemoryRequest,
  dtoSchema,
  ImportMemoryRequest,
  memoryAddedSchema,
  memoryCompactedSchema,
  memoryDeletedSchema,
  memoryImportedSchema,
  MemoryListQuery,
  memoryListSchema,
  memoryPrunedSchema,
  memoryResultsSchema,
  MemorySearchQuery,
  MemorySearchRequest,
  memoryStatisticsSchema,
  type Operation,
  PruneMemoryRequest,
  sessionMemoryResultsSchema,
} from '@openclaw/contracts';

const result = {
  id: 'mem_019aa1b2c3d40000000007',
  content: 'Ana does not eat meat.',
  source: { type: 'document', position: 0 },
  type: 'long-term',
  conversation_id: null,
  created_at: '2026-11-20T12:00:00.000Z',
};

export const memorySearchDocs: Operation = {
  id: 'searchMemory',
  tag: 'Memory',
  summary: 'Find what was said or added',
  description:
    'By its words, in any language, and where `memory.embeddings` is set by what it means as well. A score is the share of the best that any entry could reach for the query, or the cosine where that is more.',
  body: {
    schema: dtoSchema(MemorySearchRequest),
    examples: { search: { query: 'What does Ana like to eat?', limit: 10, type: 'all' } },
  },
  answers: {
    200: {
      description: 'Best first.',
      headers: ['X-OpenClaw-Memory'],
      json: {
        schema: memoryResultsSchema,
        examples: { found: { results: [{ ...result, score: 0.61 }], total: 1, query: 'What does Ana like to eat?' } },
      },
    },
  },
};

export const sessionMemorySearchDocs: Operation = {
  id: 'searchSessionMemory',
  tag: 'Memory',
  summary: 'Find what was said or added, by a query string',
  query: MemorySearchQuery,
  answers: {
    200: {
      description: 'Best first.',
      headers: ['X-OpenClaw-Memory'],
      json: {
        schema: sessionMemoryResultsSchema,
        examples: {
          found: {
            success: true,
            data: { results: [{ content: result.content, score: 0.61, source: 'document:notes#0' }] },
          },
        },
      },
    },
  },
};

export const memoryStatsDocs: Operation = {
  id: 'memoryStats',
  tag: 'Memory',
  summary: 'How much is remembered',
  answers: {
    200: {
      description:
        'Of the caller’s tenant. `wal`: entries as they came; `compacted`: segments of 16 entries; `embeddings`: who has a vector of the current model.',
      json: {
        schema: memoryStatisticsSchema,
        examples: {
          stats: {
            wal: { entries: 120, size_mb: 0.031, oldest_entry: '2026-11-01T08:00:00.000Z' },
            compacted: { files: 9, size_mb: 0.012, last_compaction: '2026-11-20T03:00:00.000Z' },
            total_size_mb: 0.043,
            embeddings: { model: 'text-embedding-3-small', embedded: 118, waiting: 2 },
          },
        },
      },
    },
  },
};

export const memoryPruneDocs: Operation = {
  id: 'pruneMemory',
  tag: 'Memory',
  summary: 'Forget what is old',
  description: 'The conversations stay as they are; what was remembered of them is gone from every index and segment.',
  body: {
    schema: dtoSchema(PruneMemoryRequest),
    examples: { wal: { before: '2025-01-01T00:00:00Z', type: 'wal', confirm: true } },
  },
  answers: {
    200: {
      description: 'It is gone.',
      json: {
        schema: memoryPrunedSchema,
        examples: { pruned: { pruned: 12, type: 'wal', before: '2025-01-01T00:00:00.000Z' } },
      },
    },
  },
  errors: [409],
};

export const memoryCompactDocs: Operation = {
  id: 'compactMemory',
  tag: 'Memory',
  summary: 'Compact what is old now',
  description: 'As the gateway does by itself: see `memory.compaction`. Every word is kept, and found as before.',
  answers: {
    200: {
      description: 'What was put into segments.',
      json: { schema: memoryCompactedSchema, examples: { compacted: { segments: 2, entries: 32 } } },
    },
  },
};

export const memoryListDocs: Operation = {
  id: 'listMemory',
  tag: 'Memory',
  summary: 'Read everything that is remembered',
  query: MemoryListQuery,
  answers: {
    200: {
      description: 'In order of arrival; `next_cursor` leads to the next page.',
      json: { schema: memoryListSchema, examples: { page: { entries: [{ ...result, tags: ['food'] }], total: 1 } } },
    },
  },
};

export const memoryAddDocs: Operation = {
  id: 'addMemory',
  tag: 'Memory',
  summary: 'Add something to be kept',
  body: {
    schema: dtoSchema(AddMemoryRequest),
    examples: { note: { content: 'Ana does not eat meat.', tags: ['food'], type: 'long-term' } },
  },
  answers: {
    200: {
      description: 'It can be found from now on.',
      json: {
        schema: memoryAddedSchema,
        examples: { added: { success: true, data: { memoryId: result.id, createdAt: result.created_at } } },
      },
    },
  },
};

export const memoryImportDocs: Operation = {
  id: 'importMemory',
  tag: 'Memory',
  summary: 'Add many at once',
  description: 'All of them or none.',
  body: {
    schema: dtoSchema(ImportMemoryRequest),
    examples: { notes: { entries: [{ content: 'Ana does not eat meat.', tags: ['food'] }] } },
  },
  answers: {
    200: {
      description: 'They can be found from now on.',
      json: { schema: memoryImportedSchema, examples: { imported: { ids: [result.id] } } },
    },
  },
};

export const memoryDeleteDocs: Operation = {
  id: 'deleteMemory',
  tag: 'Memory',
  summary: 'Forget one entry',
  path: { id: 'The id of an entry.' },
  answers: {
    200: {
      description: 'It is gone.',
      json: { schema: memoryDeletedSchema, examples: { deleted: { id: result.id, deleted: true } } },
    },
  },
  errors: [404],
};
