import { IsOptional } from './class-validator.js';
import { Between, Flag, Id, IsoTime, Name, Names, Objects, ObjectValue, OneOf, Text, Whole } from './rules.js';
import { type Success, successSchema } from './session-message.js';
import {
  constSchema,
  enumSchema,
  listSchema,
  looseSchema,
  numberSchema,
  objectSchema,
  optional,
  textSchema,
  timeSchema,
  wholeSchema,
} from './openapi/schema.js';

const TYPES = ['wal', 'compacted', 'long-term'] as const;
const TYPES_OR_ALL = ['all', ...TYPES];
const MOST_TAGS = 50;
const MOST_IMPORTED = 500;

const filters = {
  type: {
    description: 'wal: messages as they were stored; compacted: those in segments; long-term: notes.',
    default: 'all',
  },
  since: { description: 'Not older.' },
  until: { description: 'Not newer.' },
};
const agent = { description: 'Of conversations with this agent.' };
const user = { description: 'Of what this user said and was told, and what was noted of them.' };

/** Document B: POST /api/v1/memory/search */
export class MemorySearchRequest {
  static readonly about = {
    ...filters,
    limit: { default: 10 },
    tags: { description: 'Notes that have each of them.' },
    conversation_id: { description: 'Of this conversation or session.' },
    agent_id: agent,
    user_id: user,
    min_score: { default: 0 },
  };

  @Text()
  query!: string;

  @IsOptional()
  @Whole(1, 100)
  limit?: number;

  @IsOptional()
  @OneOf(TYPES_OR_ALL)
  type?: string;

  @IsOptional()
  @IsoTime()
  since?: string;

  @IsOptional()
  @IsoTime()
  until?: string;

  @IsOptional()
  @Names(MOST_TAGS)
  tags?: string[];

  @IsOptional()
  @Id()
  conversation_id?: string;

  @IsOptional()
  @Name(64)
  agent_id?: string;

  @IsOptional()
  @Name(200)
  user_id?: string;

  @IsOptional()
  @Between(0, 1)
  min_score?: number;
}

/** Document D: GET /api/v1/memory/search */
export class MemorySearchQuery {
  static readonly about = {
    ...filters,
    limit: { default: 5 },
    minScore: { default: 0 },
    tag: { description: 'Notes that have this tag.' },
    session: { description: 'Of this session or conversation.' },
    agent,
    user,
  };

  @Text()
  query!: string;

  @IsOptional()
  @Whole(1, 100)
  limit?: number;

  @IsOptional()
  @Between(0, 1)
  minScore?: number;

  @IsOptional()
  @OneOf(TYPES_OR_ALL)
  type?: string;

  @IsOptional()
  @IsoTime()
  since?: string;

  @IsOptional()
  @IsoTime()
  until?: string;

  @IsOptional()
  @Name(200)
  tag?: string;

  @IsOptional()
  @Id()
  session?: string;

  @IsOptional()
  @Name(64)
  agent?: string;

  @IsOptional()
  @Name(200)
  user?: string;
}

/** Document D: POST /api/v1/memory */
export class AddMemoryRequest {
  static readonly about = {
    createdAt: { description: 'When it was, if not now.' },
    session_id: {
      description: 'Notes of one session are read in their order, as a talk; deleting the session deletes them.',
    },
    author: { description: 'Who said it.' },
    user_id: { description: 'Of whom it is.' },
    metadata: { description: 'Kept with it.' },
  };

  @Text()
  content!: string;

  @IsOptional()
  @Names(MOST_TAGS)
  tags?: string[];

  @IsOptional()
  @OneOf(['long-term'])
  type?: string;

  @IsOptional()
  @IsoTime()
  createdAt?: string;

  @IsOptional()
  @Id()
  session_id?: string;

  @IsOptional()
  @Name(200)
  author?: string;

  @IsOptional()
  @Name(200)
  user_id?: string;

  @IsOptional()
  @ObjectValue()
  metadata?: Record<string, unknown>;
}

/** POST /api/v1/memory/import; each entry is an `AddMemoryRequest`. */
export class ImportMemoryRequest {
  static readonly about = { entries: { description: 'Each as for `POST /api/v1/memory`.' } };

  @Objects(MOST_IMPORTED)
  entries!: Record<string, unknown>[];
}

/** Document B: DELETE /api/v1/memory/prune */
export class PruneMemoryRequest {
  static readonly about = {
    before: { description: 'Only what is older; everything, when left out.' },
    type: filters.type,
    confirm: { description: 'Anything but true: 409, with how many entries it would be.' },
  };

  @IsOptional()
  @IsoTime()
  before?: string;

  @IsOptional()
  @OneOf(TYPES_OR_ALL)
  type?: string;

  @IsOptional()
  @Flag()
  confirm?: boolean;
}

/** GET /api/v1/memory */
export class MemoryListQuery {
  static readonly about = {
    limit: { default: 100 },
    cursor: { description: '`next_cursor` of the page before.' },
  };

  @IsOptional()
  @Whole(1, 1000)
  limit?: number;

  @IsOptional()
  @Id()
  cursor?: string;
}

export interface MemorySource {
  /** `conversation`: a message; `document`: what somebody added. */
  type: 'conversation' | 'document';
  conversation_id?: string;
  message_id?: string;
  /** Place in the conversation, the session or among the notes with the same tags, from 0. */
  position: number;
}

export interface MemoryResult {
  id: string;
  content: string;
  /** 0…1 */
  score: number;
  source: MemorySource;
  type: (typeof TYPES)[number];
  conversation_id: string | null;
  created_at: string;
  /** What was kept with it; of a fact or a summary: the ids of the messages it was made of. */
  metadata?: Record<string, unknown>;
}

export interface MemoryResults {
  results: MemoryResult[];
  total: number;
  query: string;
}

export type SessionMemoryResults = Success<{ results: { content: string; score: number; source: string }[] }>;
export type MemoryAdded = Success<{ memoryId: string; createdAt: string }>;

export interface MemoryImported {
  ids: string[];
}

export interface MemoryPruned {
  pruned: number;
  type: string;
  before: string | null;
}

export interface MemoryDeleted {
  id: string;
  deleted: true;
}

export interface MemoryStatistics {
  wal: { entries: number; size_mb: number; oldest_entry: string | null };
  compacted: { files: number; size_mb: number; last_compaction: string | null };
  total_size_mb: number;
  embeddings?: { model: string; embedded: number; waiting: number };
}

export interface MemoryCompacted {
  segments: number;
  entries: number;
}

export interface MemoryItem extends Omit<MemoryResult, 'score'> {
  tags: string[];
  author?: string;
  role?: 'user' | 'assistant';
  agent_id?: string;
  user_id?: string;
  metadata?: Record<string, unknown>;
}

export interface MemoryList {
  entries: MemoryItem[];
  /** On all pages together. */
  total: number;
  next_cursor?: string;
}

const nullable = (type: string, more: object = {}) => ({ type: [type, 'null'], ...more });

const sourceSchema = objectSchema<MemorySource>(
  {
    type: enumSchema('conversation', 'document'),
    conversation_id: optional(textSchema()),
    message_id: optional(textSchema()),
    position: wholeSchema({ description: 'Place in the conversation or the session, from 0.' }),
  },
  { title: 'MemorySource' },
);

const common = {
  id: textSchema(),
  content: textSchema(),
  source: sourceSchema,
  type: enumSchema(...TYPES),
  conversation_id: nullable('string'),
  created_at: timeSchema(),
};

const scoreSchema = numberSchema({ minimum: 0, maximum: 1 });

export const memoryResultsSchema = objectSchema<MemoryResults>(
  {
    results: listSchema(
      objectSchema<MemoryResult>(
        { ...common, score: scoreSchema, metadata: optional(looseSchema()) },
        { title: 'MemoryResult' },
      ),
    ),
    total: wholeSchema({ description: 'How many were found, of which these are the best; at most 600 are counted.' }),
    query: textSchema(),
  },
  { title: 'MemoryResults' },
);

export const sessionMemoryResultsSchema = successSchema(
  'SessionMemoryResults',
  objectSchema<SessionMemoryResults['data']>({
    results: listSchema(
      objectSchema<SessionMemoryResults['data']['results'][number]>({
        content: textSchema(),
        score: scoreSchema,
        source: textSchema({ description: '`conversation:` or `document:`, its name, `#` and the place in it.' }),
      }),
    ),
  }),
);

export const memoryAddedSchema = successSchema(
  'MemoryAdded',
  objectSchema<MemoryAdded['data']>({ memoryId: textSchema(), createdAt: timeSchema() }),
);

export const memoryImportedSchema = objectSchema<MemoryImported>(
  { ids: listSchema(textSchema(), { description: 'In the order of the entries.' }) },
  { title: 'MemoryImported' },
);

export const memoryPrunedSchema = objectSchema<MemoryPruned>(
  { pruned: wholeSchema(), type: enumSchema(...TYPES_OR_ALL), before: nullable('string', { format: 'date-time' }) },
  { title: 'MemoryPruned' },
);

export const memoryDeletedSchema = objectSchema<MemoryDeleted>(
  { id: textSchema(), deleted: constSchema(true) },
  { title: 'MemoryDeleted' },
);

export const memoryCompactedSchema = objectSchema<MemoryCompacted>(
  { segments: wholeSchema(), entries: wholeSchema() },
  { title: 'MemoryCompacted' },
);

export const memoryListSchema = objectSchema<MemoryList>(
  {
    entries: listSchema(
      objectSchema<MemoryItem>(
        {
          ...common,
          tags: listSchema(textSchema()),
          author: optional(textSchema()),
          role: optional(enumSchema('user', 'assistant')),
          agent_id: optional(textSchema()),
          user_id: optional(textSchema()),
          metadata: optional(looseSchema()),
        },
        { title: 'MemoryItem' },
      ),
    ),
    total: wholeSchema({ description: 'On all pages together.' }),
    next_cursor: optional(textSchema()),
  },
  { title: 'MemoryList' },
);

export const memoryStatisticsSchema = objectSchema<MemoryStatistics>(
  {
    wal: objectSchema<MemoryStatistics['wal']>({
      entries: wholeSchema(),
      size_mb: numberSchema({ minimum: 0 }),
      oldest_entry: nullable('string', { format: 'date-time' }),
    }),
    compacted: objectSchema<MemoryStatistics['compacted']>({
      files: wholeSchema(),
      size_mb: numberSchema({ minimum: 0 }),
      last_compaction: nullable('string', { format: 'date-time' }),
    }),
    total_size_mb: numberSchema({ minimum: 0 }),
    embeddings: optional(
      objectSchema<NonNullable<MemoryStatistics['embeddings']>>(
        {
          model: textSchema(),
          embedded: wholeSchema({ description: 'Entries that are found by what they mean as well.' }),
          waiting: wholeSchema({ description: 'Entries that will be.' }),
        },
        { description: 'Where `memory.embeddings` is set.' },
      ),
    ),
  },
  { title: 'MemoryStatistics' },
);
