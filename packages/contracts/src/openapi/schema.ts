/**
 * A JSON schema in the dialect of OpenAPI 3.1 (2020-12). One with a `title` becomes a component of the document under that name, and is
 * referred to wherever it stands.
 */
export interface JsonSchema {
  title?: string;
  description?: string;
  [keyword: string]: unknown;
}

/** A member that may be left out. */
export class Optional {
  constructor(readonly schema: JsonSchema) {}
}

type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/** One schema for each member of `T`, optional where the member is: what the type has, the schema has too. */
export type MemberSchemas<T> = {
  [K in keyof Named<T>]-?: Record<never, never> extends Pick<Named<T>, K> ? Optional : JsonSchema;
};

type More = Omit<JsonSchema, 'type'>;

export const optional = (schema: JsonSchema): Optional => new Optional(schema);
export const textSchema = (more: More = {}): JsonSchema => ({ type: 'string', ...more });
export const wholeSchema = (more: More = {}): JsonSchema => ({ type: 'integer', minimum: 0, ...more });
export const numberSchema = (more: More = {}): JsonSchema => ({ type: 'number', ...more });
export const flagSchema = (more: More = {}): JsonSchema => ({ type: 'boolean', ...more });
export const timeSchema = (more: More = {}): JsonSchema => ({ type: 'string', format: 'date-time', ...more });
export const constSchema = (value: string | boolean): JsonSchema => ({ const: value });
export const enumSchema = (...values: string[]): JsonSchema => ({ type: 'string', enum: values });
export const listSchema = (items: JsonSchema, more: More = {}): JsonSchema => ({ type: 'array', items, ...more });
export const oneOf = (...schemas: JsonSchema[]): JsonSchema => ({ oneOf: schemas });
export const anyOf = (...schemas: JsonSchema[]): JsonSchema => ({ anyOf: schemas });
/** An object whose members are not described. */
export const looseSchema = (more: More = {}): JsonSchema => ({ type: 'object', ...more });

/** An object with at least these members; others may be added one day, and readers have to pass over them. */
export function objectSchema<T>(members: MemberSchemas<T>, more: More = {}): JsonSchema {
  const entries = Object.entries<JsonSchema | Optional>(members);
  const required = entries.filter(([, member]) => !(member instanceof Optional)).map(([name]) => name);
  return {
    type: 'object',
    ...more,
    properties: Object.fromEntries(
      entries.map(([name, member]) => [name, member instanceof Optional ? member.schema : member]),
    ),
    ...(required.length > 0 && { required }),
  };
}
