import type { DtoClass } from '../decode.js';
import type { HeaderName } from './header-docs.js';
import type { JsonSchema } from './schema.js';

/** The chapters of the document, in their order. */
export const TAGS = {
  Chat: 'One question, one answer, in camelCase.',
  Messages: 'Messages in conversations and sessions; the body tells which of two dialects is spoken.',
  'OpenAI-compatible': 'What OpenAI’s own clients speak.',
  Skills: 'What agents can do beside talking.',
  Channels: 'Messages to people on chat platforms.',
  Webhooks: 'Events for other programs: who gets them, and what became of each.',
  Conversations: 'What has been said.',
  Sessions: 'Conversations by name.',
  Memory: 'What was said or added, found again.',
  Gateway: 'State, models, configuration and logs.',
  Reference: 'This document and its page.',
} as const;

export type Tag = keyof typeof TAGS;

/** A request's or an answer's JSON, with examples by name that keep its schema. */
export interface JsonContent {
  schema: JsonSchema;
  examples?: Record<string, unknown>;
}

export interface AnswerDoc {
  description: string;
  /** That it may bear beside those of every such answer. */
  headers?: readonly HeaderName[];
  json?: JsonContent;
  /** A stream of server-sent events: the schema of one event's data, a last line that is no JSON, if there may be one, and a stream as it is sent. */
  events?: { schema: JsonSchema; endMark?: '[DONE]'; examples: Record<string, string> };
  /** Anything else, by its media type. */
  other?: Record<string, { schema: JsonSchema; example?: unknown }>;
}

export interface ParameterDoc {
  name: string;
  description: string;
  schema: JsonSchema;
}

/** What the API reference says of one route; method, path and scopes are the route's own. */
export interface Operation {
  /** A name for generated clients, unique. */
  id: string;
  tag: Tag;
  summary: string;
  /** Markdown. */
  description?: string;
  /** What the members of the path are. */
  path?: Record<string, string>;
  query?: DtoClass<object>;
  headers?: ParameterDoc[];
  body?: JsonContent;
  /** By status: what is told when it goes well. */
  answers: Record<number, AnswerDoc>;
  /** Statuses of errors, beside those that every route of its kind can answer with. */
  errors?: readonly number[];
  /** The errors' shape, where it is not that of dialects A, B and D. */
  errorSchema?: JsonSchema;
}

/** A route and what there is to say about it. */
export interface DocumentedRoute {
  method: string;
  /** In Express's spelling. */
  path: string;
  scopes: readonly string[] | 'public';
  docs: Operation;
}
