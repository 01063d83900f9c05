import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

interface Media {
  schema?: Json;
  examples?: Record<string, { value: unknown }>;
}

export interface OperationObject {
  operationId: string;
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Json }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { $ref?: string; headers?: Json; content?: Record<string, Media> }>;
  security: unknown[];
}

export interface Operation {
  /** In capitals. */
  method: string;
  /** As in the document: `/api/v1/conversations/{id}`. */
  path: string;
  object: OperationObject;
}

/** Where a stream's media type describes the data of one event. */
const DATA = ['schema', 'properties', 'data'];

/** An OpenAPI document, to hold answers against. Objects may have no member that it does not name. */
export class Contract {
  readonly operations: Operation[] = [];
  private readonly ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true, validateFormats: true }));
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly document: Json;
  private readonly definitions: Json;

  constructor(text: string) {
    this.document = JSON.parse(text) as Json;
    const { schemas } = this.document.components as { schemas: Json };
    this.definitions = closed(inDefinitions(schemas)) as Json;
    for (const [path, item] of Object.entries(this.document.paths as Record<string, Record<string, OperationObject>>))
      for (const [method, object] of Object.entries(item))
        this.operations.push({ method: method.toUpperCase(), path, object });
  }

  /** Headers of ours that an answer has and its documentation does not. */
  unknownHeaders(operation: Operation, status: number, headers: Headers): string[] {
    const place = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status)];
    const response = this.resolve(place);
    const documented = Object.keys((response && (this.at(response) as { headers?: Json }).headers) ?? {});
    const ours = Object.keys((this.document.components as { headers: Json }).headers);
    return ours.filter((name) => headers.has(name) && !documented.includes(name)).map((name) => `header ${name}`);
  }

  /** What is wrong with an answer to this operation; nothing, if it is as documented. */
  problems(operation: Operation, status: number, contentType: string | null, text: string): string[] {
    const place = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status)];
    const response = this.resolve(place);
    if (!response) return [`status ${status} is not documented`];
    const content = (this.at(response) as { content?: Record<string, Media> }).content;
    if (!content) return text === '' ? [] : ['it has a body, and none is documented'];
    const type = contentType?.split(';')[0]?.trim() ?? '';
    const media = content[type];
    if (!media) return [`content type ${type} is not documented for ${status}`];
    const mediaPlace = [...response, 'content', type];
    if (type === 'application/json') return this.invalid([...mediaPlace, 'schema'], JSON.parse(text));
    if (type !== 'text/event-stream') return [];
    return eventsOf(text).flatMap((event) => this.invalid(this.eventPlace(mediaPlace), event));
  }

  /** Every example of the document, with what is wrong with it. */
  examples(): { name: string; problems: string[] }[] {
    const found: { name: string; problems: string[] }[] = [];
    const walk = (value: unknown, place: string[]): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('examples' in value && 'schema' in value) {
        for (const [name, { value: example }] of Object.entries((value as Media).examples ?? {})) {
          const problems =
            place.at(-1) === 'text/event-stream'
              ? eventsOf(example as string).flatMap((event) => this.invalid(this.eventPlace(place), event))
              : this.invalid([...place, 'schema'], example);
          found.push({ name: [...place, name].join(' '), problems });
        }
        return;
      }
      for (const [key, inner] of Object.entries(value)) walk(inner, [...place, key]);
    };
    walk(this.document, []);
    return found;
  }

  /** Beside the JSON there may be a mark of the end. */
  private eventPlace(media: string[]): string[] {
    const data = [...media, ...DATA];
    return 'anyOf' in (this.at(data) as Json) ? [...data, 'anyOf', '1', 'contentSchema'] : [...data, 'contentSchema'];
  }

  private invalid(place: string[], value: unknown): string[] {
    const pointer = place.join(' ');
    let validate = this.validators.get(pointer);
    if (!validate) {
      validate = this.ajv.compile({ ...(closed(inDefinitions(this.at(place))) as Json), $defs: this.definitions });
      this.validators.set(pointer, validate);
    }
    if (validate(value)) return [];
    return [`${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 500)}`];
  }

  /** Where the object really is, once its reference is followed. */
  private resolve(place: string[]): string[] | undefined {
    const object = this.at(place) as { $ref?: string } | undefined;
    if (!object) return undefined;
    return object.$ref === undefined ? place : object.$ref.slice('#/'.length).split('/');
  }

  private at(place: string[]): unknown {
    return place.reduce<unknown>((at, key) => (at as Json | undefined)?.[key], this.document);
  }
}

/** The data of every server-sent event, without the mark of the end that is no JSON. */
export function eventsOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}

/** With its references where a schema that stands alone has its definitions. */
function inDefinitions(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"#/$defs/'));
}

function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const described = typeof inner.properties === 'object' && inner.type === 'object';
  return described && inner.additionalProperties === undefined ? { ...inner, additionalProperties: false } : inner;
}
