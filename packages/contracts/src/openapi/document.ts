import { errorSchema } from '../errors.js';
import { queryMembers } from './dto-schema.js';
import { ERRORS, type ErrorDoc } from './error-docs.js';
import { answerHeaders, errorHeaders, headerReferences, HEADERS, type HeaderName } from './header-docs.js';
import type { AnswerDoc, DocumentedRoute, JsonContent, Operation } from './operation.js';
import { TAGS } from './operation.js';
import { type JsonSchema, textSchema } from './schema.js';

export type OpenApiDocument = ReturnType<typeof openApiDocument>;

const JSON_TYPE = 'application/json';

/** The OpenAPI 3.1 document of these routes. Whoever changes a route changes it: it says nothing that they do not. */
export function openApiDocument(routes: readonly DocumentedRoute[], version: string) {
  const components = new Components();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/[:*](\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operationObject(route, components);
  }
  const responses = components.responses();
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenClaw Gateway API',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This gateway' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => routes.some(({ docs }) => docs.tag === name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.schemas(),
      responses,
      headers: HEADERS,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The operator’s token or password, or an API token. Scope `admin` opens everything.',
        },
      },
    },
  };
}

const DESCRIPTION = `Everything that programs can ask of an OpenClaw gateway.

Paths that several published clients share understand the dialects of all of them; the members of the body tell which one is spoken.
Members that nobody knows are ignored and named in the answer’s header \`X-OpenClaw-Ignored\`; \`null\` counts as absent.
Beside what stands here there is a WebSocket at \`/ws\`: messages, streams and events over one connection.
Every answer bears an \`X-Request-Id\`: the caller’s, if it sent one.`;

function operationObject({ path, scopes, docs }: DocumentedRoute, components: Components) {
  return {
    operationId: docs.id,
    tags: [docs.tag],
    summary: docs.summary,
    ...(docs.description !== undefined && { description: docs.description }),
    ...(scopes === 'public' ? { security: [] } : { security: scopes.map((scope) => ({ token: [scope] })) }),
    ...parameters(path, docs, components),
    ...(docs.body && { requestBody: { required: true, content: { [JSON_TYPE]: jsonObject(docs.body, components) } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(docs.answers).map(([status, answer]) => [
          status,
          answerObject(answer, answerHeaders(docs, scopes === 'public', answer.events !== undefined), components),
        ]),
      ),
      ...errorObjects(docs, scopes === 'public', components),
    },
  };
}

function parameters(path: string, docs: Operation, components: Components): { parameters?: unknown[] } {
  const list = [
    ...[...path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => ({
      name,
      in: 'path',
      required: true,
      description: docs.path?.[name],
      schema: textSchema({ minLength: 1, maxLength: 200 }),
    })),
    ...(docs.query ? queryMembers(docs.query) : []).map(({ name, required, schema: { description, ...schema } }) => ({
      name,
      in: 'query',
      ...(required && { required }),
      ...(description !== undefined && { description }),
      schema,
    })),
    ...(docs.headers ?? []).map(({ name, description, schema }) => ({
      name,
      in: 'header',
      description,
      schema: components.refer(schema),
    })),
  ];
  return list.length === 0 ? {} : { parameters: list };
}

function answerObject(
  { description, headers = [], json, events, other }: AnswerDoc,
  common: readonly HeaderName[],
  components: Components,
) {
  const content: Record<string, unknown> = {};
  if (json) content[JSON_TYPE] = jsonObject(json, components);
  if (events) {
    content['text/event-stream'] = {
      schema: components.refer(eventSchema(events.schema, events.endMark)),
      examples: named(events.examples),
    };
  }
  for (const [type, { schema, example }] of Object.entries(other ?? {})) {
    content[type] = { schema: components.refer(schema), ...(example !== undefined && { example }) };
  }
  return {
    description,
    headers: headerReferences([...common, ...headers]),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

/** Before OpenAPI 3.2 the schema of a stream describes each of its events. */
function eventSchema(schema: JsonSchema, endMark: string | undefined): JsonSchema {
  const json = { contentMediaType: JSON_TYPE, contentSchema: schema };
  const data = endMark === undefined ? textSchema(json) : textSchema({ anyOf: [{ const: endMark }, json] });
  return {
    type: 'object',
    properties: {
      id: textSchema({ description: 'For `Last-Event-ID`.' }),
      data,
    },
    required: ['data'],
  };
}

function jsonObject({ schema, examples }: JsonContent, components: Components) {
  return { schema: components.refer(schema), ...(examples && { examples: named(examples) }) };
}

function named(examples: Record<string, unknown>): Record<string, { value: unknown }> {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}

const OF_EVERY_ROUTE = [400, 403, 405, 414, 500];
const WITH_TOKEN = [401, 429, 503];
const WITH_BODY = [408, 413, 415];

function errorObjects(docs: Operation, open: boolean, components: Components): Record<string, unknown> {
  const statuses = new Set([
    ...OF_EVERY_ROUTE,
    ...(open ? [] : WITH_TOKEN),
    ...(docs.body ? WITH_BODY : []),
    ...(docs.errors ?? []),
  ]);
  for (const status of Object.keys(docs.answers)) statuses.delete(Number(status));
  return Object.fromEntries([...statuses].sort().map((status) => [status, components.error(status, docs.errorSchema)]));
}

/** Collects what has a name, so that it stands in the document once. */
class Components {
  private readonly named = new Map<string, JsonSchema>();
  private readonly errors = new Map<number, ErrorDoc>();

  /** The same schema with a reference in the place of everything that has a title. Throws when two that differ share one. */
  refer(schema: JsonSchema): JsonSchema {
    const { title, ...rest } = schema;
    const inner = this.inside(rest);
    if (title === undefined) return inner;
    const known = this.named.get(title);
    if (known && JSON.stringify(known) !== JSON.stringify(inner)) throw new Error(`two schemas are named ${title}`);
    this.named.set(title, inner);
    return { $ref: `#/components/schemas/${title}` };
  }

  error(status: number, schema: JsonSchema | undefined): unknown {
    const error = ERRORS[status];
    if (!error) throw new Error(`no error is documented for status ${status}`);
    if (schema) {
      return {
        description: error.description,
        headers: headerReferences(errorHeaders(status, error.headers)),
        content: { [JSON_TYPE]: { schema: this.refer(schema) } },
      };
    }
    this.errors.set(status, error);
    return { $ref: `#/components/responses/${error.name}` };
  }

  schemas(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.named].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  responses(): Record<string, unknown> {
    const schema = this.refer(errorSchema);
    const responses = [...this.errors]
      .sort(([a], [b]) => a - b)
      .map(([status, error]) => {
        const { name, description, headers, code, example, also } = error;
        const examples = Object.entries({ [code]: example, ...also }).map(([of, told]) => [
          of,
          { error: of, status, ...told },
        ]);
        const content = { [JSON_TYPE]: { schema, examples: named(Object.fromEntries(examples)) } };
        return [name, { description, headers: headerReferences(errorHeaders(status, headers)), content }];
      });
    return Object.fromEntries(responses);
  }

  private inside(schema: JsonSchema): JsonSchema {
    return Object.fromEntries(
      Object.entries(schema).flatMap(([keyword, value]) =>
        value === undefined ? [] : [[keyword, this.value(keyword, value)]],
      ),
    );
  }

  private value(keyword: string, value: unknown): unknown {
    if (keyword === 'properties') {
      const members = Object.entries(value as Record<string, JsonSchema>);
      return Object.fromEntries(members.map(([name, member]) => [name, this.refer(member)]));
    }
    if (['oneOf', 'anyOf', 'allOf'].includes(keyword)) return (value as JsonSchema[]).map((one) => this.refer(one));
    const nests =
      ['items', 'additionalProperties', 'not', 'contentSchema'].includes(keyword) && typeof value === 'object';
    return nests ? this.refer(value as JsonSchema) : value;
  }
}
