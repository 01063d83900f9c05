import {
  AddMemoryRequest,
  decode,
  ImportMemoryRequest,
  MemoryListQuery,
  MemorySearchQuery,
  MemorySearchRequest,
  PruneMemoryRequest,
} from '@openclaw/contracts';
import {
  type AddNote,
  InvalidInput,
  type MemoryHits,
  type MemoryQuery,
  NotFound,
  numberOfMemory,
} from '@openclaw/core';
import { type ApiCall, validOrThrow } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { success } from './dialect-d.js';
import {
  memoryList,
  memoryQuery,
  memoryResults,
  memoryStatistics,
  newNote,
  sessionMemoryQuery,
  sessionMemoryResults,
  timeOf,
  typeOf,
} from './memory.js';
import {
  memoryAddDocs,
  memoryCompactDocs,
  memoryDeleteDocs,
  memoryImportDocs,
  memoryListDocs,
  memoryPruneDocs,
  memorySearchDocs,
  memoryStatsDocs,
  sessionMemorySearchDocs,
} from './memory.docs.js';

const DEFAULT_PAGE = 100;

export function memoryRoutes({ memory, vectors, searchMemory, keepMemory, compactMemory }: HttpDeps): Route[] {
  async function search(call: ApiCall, query: MemoryQuery): Promise<MemoryHits> {
    const hits = await searchMemory.execute(query);
    if (hits.lexicalOnly) call.res.setHeader('X-OpenClaw-Memory', 'lexical');
    return hits;
  }

  return [
    {
      method: 'post',
      path: '/api/v1/memory/search',
      scopes: ['read'],
      docs: memorySearchDocs,
      handle: async (call) => {
        const body = await call.body(MemorySearchRequest);
        call.reply(200, memoryResults(await search(call, memoryQuery(body, call.tenant)), body.query));
      },
    },
    {
      method: 'get',
      path: '/api/v1/memory/search',
      scopes: ['read'],
      docs: sessionMemorySearchDocs,
      envelope: true,
      handle: async (call) => {
        const query = call.query(MemorySearchQuery);
        call.reply(200, sessionMemoryResults(await search(call, sessionMemoryQuery(query, call.tenant))));
      },
    },
    {
      method: 'get',
      path: '/api/v1/memory/stats',
      scopes: ['read'],
      docs: memoryStatsDocs,
      handle: async (call) => {
        const [stats, embeddings] = await Promise.all([memory.stats(call.tenant), vectors.progress(call.tenant)]);
        call.reply(200, memoryStatistics(stats, embeddings));
      },
    },
    {
      method: 'delete',
      path: '/api/v1/memory/prune',
      scopes: ['admin'],
      docs: memoryPruneDocs,
      handle: async (call) => {
        const body = hasBody(call) ? await call.body(PruneMemoryRequest) : new PruneMemoryRequest();
        const { before, type, confirm = false } = body;
        const which = { before: timeOf(before), type: typeOf(type) };
        const pruned = await keepMemory.prune({ tenant: call.tenant, ...which, confirm });
        call.reply(200, { pruned, type: type ?? 'all', before: which.before?.toISOString() ?? null });
      },
    },
    {
      method: 'post',
      path: '/api/v1/memory/compact',
      scopes: ['admin'],
      docs: memoryCompactDocs,
      handle: async (call) => call.reply(200, await compactMemory.execute(call.tenant, call.signal)),
    },
    {
      method: 'post',
      path: '/api/v1/memory/import',
      scopes: ['chat'],
      docs: memoryImportDocs,
      handle: async (call) => {
        const notes = notesOf(await call.body(ImportMemoryRequest));
        const added = await keepMemory.add(call.tenant, notes);
        call.reply(200, { ids: added.map(({ id }) => id) });
      },
    },
    {
      method: 'get',
      path: '/api/v1/memory',
      scopes: ['read'],
      docs: memoryListDocs,
      handle: async (call) => {
        const { limit = DEFAULT_PAGE, cursor } = call.query(MemoryListQuery);
        const after = cursor === undefined ? undefined : numberOfMemory(cursor);
        if (cursor !== undefined && after === undefined)
          throw InvalidInput.field('cursor', 'cursor must be one that an earlier answer gave');
        call.reply(200, memoryList(await keepMemory.list(call.tenant, { limit, after })));
      },
    },
    {
      method: 'post',
      path: '/api/v1/memory',
      scopes: ['chat'],
      docs: memoryAddDocs,
      envelope: true,
      handle: async (call) => {
        const [added] = await keepMemory.add(call.tenant, [newNote(await call.body(AddMemoryRequest))]);
        if (!added) throw new Error('a note was added, and none came back');
        call.reply(200, success({ memoryId: added.id, createdAt: added.createdAt.toISOString() }));
      },
    },
    {
      method: 'delete',
      path: '/api/v1/memory/:id',
      scopes: ['chat'],
      docs: memoryDeleteDocs,
      handle: async (call) => {
        const id = call.pathId();
        if (!(await memory.remove(call.tenant, id))) throw new NotFound(`There is no memory "${id}"`);
        call.reply(200, { id, deleted: true });
      },
    },
  ];
}

/** Throws `InvalidInput` with every problem of every entry. */
function notesOf({ entries }: ImportMemoryRequest): AddNote[] {
  const decoded = entries.map((entry) => decode(AddMemoryRequest, entry));
  const problems = decoded.flatMap((one, at) =>
    one.problems.map(({ field, message }) => ({ field: `entries[${at}].${field}`, message })),
  );
  return validOrThrow({ value: decoded.map(({ value }) => value), problems, ignored: [] }).map(newNote);
}

function hasBody({ req }: ApiCall): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers;
  return coding !== undefined || (length !== undefined && length !== '0');
}
